// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/call_journal.h"
#include "base/clock.h"
#include "base/json.h"
#include "budget/ledger.h"
#include "budget/pauses.h"
#include "catalog/catalog.h"
#include "catalog/policy_service.h"
#include "crypto/sealer.h"
#include "grants/grant_broker.h"
#include "http/exchange.h"
#include "http/upstream.h"
#include "oauth/token_verifier.h"
#include "policy/policy_set.h"
#include "proxy/ended_sessions.h"
#include "proxy/service_verdict.h"
#include "runtimes/facts.h"

namespace gatehouse::proxy {

/// Both clocks, read once for everything that happens together.
struct Moment {
    Timestamp wall;
    SteadyTime steady;

    [[nodiscard]] static Moment read(const Clock& clock) {
        return {.wall = clock.now(), .steady = clock.steady_now()};
    }
};

/// What a runtime may know of a person besides the id.
struct UserFacts {
    std::string name;
    std::string email;  ///< verified, or empty
    std::vector<std::string> groups;
};

/// A request at an MCP endpoint that came without a token that is good for it. Views live during
/// the call that takes it.
struct TurnedAway {
    std::string_view server, method, path, client_ip, user_agent, reason;
    std::string_view token;  ///< what was presented, if anything; never to be kept as it is
    int status = 0;
};

/// A question to the policy service.
struct ServiceRequest {
    std::string url, body;
    std::chrono::milliseconds timeout;
};

struct Limits {
    std::uint64_t request_body = 4U << 20U;
    std::uint64_t control_body = 1U << 20U;  ///< of requests that go to the control plane
    std::chrono::milliseconds upstream_timeout{120'000};
    std::chrono::milliseconds idle_stream{3'600'000};
};

/// What one loop's ProxyApplication works with. References must outlive it; the functions are
/// called on the loop's thread unless they say otherwise.
struct Parts {
    const catalog::LiveCatalog& catalog;
    const oauth::LiveTrust& trust;
    grants::GrantBroker& grants;  ///< asked on workers only
    const grants::LiveEndedGrants& ended_grants;
    audit::CallJournal& journal;     ///< this loop's own
    const crypto::Sealer& sessions;  ///< purpose "session"
    EndedSessions& ended_sessions;   ///< one for the whole process
    budget::Ledger& budgets;         ///< one for the whole process
    const budget::LivePauses& pauses;
    const Clock& clock;

    /// This loop's pool to `server.runtimes[replica]`; it outlives every call sent through it.
    std::function<http::UpstreamPool&(const catalog::Server& server, std::size_t replica)> pool_for;
    /// Hands work to the quick worker pool; false when its queue is full.
    std::function<bool(std::function<void()> work)> run_on_worker;
    /// Runs a task on this loop's thread soon. Called from any thread.
    std::function<void(std::function<void()> task)> post;
    /// Blocks; called on workers. Nothing when the store cannot say: the call is answered with 503.
    std::function<std::optional<UserFacts>(std::string_view user_id)> load_user;
    /// A compact JWS with the gateway's current key (oauth::SigningKeys::sign).
    std::function<std::string(std::string_view typ, const json::Object& claims)> sign;
    /// A link for this user alone that connects the account behind the server (requirements G36).
    std::function<std::string(std::string_view user_id, const catalog::Server& server)>
        connect_link;
    /// Takes over every request that is not for an MCP endpoint. `origin` is ours.
    std::function<void(
        http::Exchange& exchange, std::string_view request_id, std::string_view origin)>
        control;
    std::function<http::Response()> health;  ///< /healthz
    std::function<http::Response()> ready;   ///< /readyz

    /// Told of some of those that are turned away: as many as are recorded. May be empty.
    std::function<void(const TurnedAway& turned)> turned_away = {};

    /// One for the whole process: rules are compiled once, and what a runtime says of its tools is
    /// known everywhere.
    std::shared_ptr<policy::RuleLibrary> rules = std::make_shared<policy::RuleLibrary>();

    /// What is known of the runtimes; null: nothing.
    const runtimes::LiveBook* runtimes = nullptr;
    /// Hands the answer to a user's tools/list to a worker.
    std::function<void(std::string server, std::string message)> learn_tools;
    /// The runtime said that its tools changed. Quick.
    std::function<void(std::string_view server)> tools_changed;

    /// Which services decide besides the rules; null: none.
    const catalog::LivePolicyServices* services = nullptr;
    /// Blocks; called on workers, any of them. The body of a 200, else why there is none. Empty:
    /// there is no service to ask.
    std::function<Result<std::string>(const ServiceRequest& request)> ask_policy_service;
    std::shared_ptr<ServiceCounters> service_counters = std::make_shared<ServiceCounters>();

    /// Loopback "host:port" spellings that count as the public origin, besides its own host.
    std::vector<std::string> listen_hosts;
    Limits limits{};
};

}  // namespace gatehouse::proxy
