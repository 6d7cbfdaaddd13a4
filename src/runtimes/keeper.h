// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event_log.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "http/client.h"
#include "runtimes/approval_store.h"
#include "runtimes/facts.h"
#include "runtimes/probe.h"

namespace gatehouse::runtimes {

/// Keeps what is known of the runtimes up to date and holds it against what operators approved
/// (ADR 0016). Thread-safe. Never on the path of a user's request: what blocks says so, and runs on
/// workers.
class Keeper {
  public:
    struct Needs {
        const catalog::LiveCatalog& catalog;
        http::Client& client;
        ApprovalStore& approvals;
        audit::EventLog& events;
        const Clock& clock;
    };

    /// Runs work on a pool that may block; false when it takes no more.
    using Run = std::function<bool(std::function<void()> work)>;
    /// Told, on a worker, whenever a server's tools are known or known better.
    using OnTools = std::function<void(const Facts& facts)>;

    explicit Keeper(const Needs& needs);

    [[nodiscard]] const LiveBook& live() const { return live_; }

    /// Before the first `tend`.
    void on_tools(OnTools told) { on_tools_ = std::move(told); }

    /// What was approved before this start. Blocks; before anything is served.
    void load_approvals();
    /// Once a second: follows the catalog and starts what is due. Quick.
    void tend(const Run& run);
    /// The runtime said that its tools changed: asks soon. Quick, from any thread.
    void hurry(std::string_view server);
    /// Asks now. Blocks. kNotFound for an unknown server, kConflict where `probe` is off.
    [[nodiscard]] Result<void> refresh(std::string_view server);
    /// Takes over tools that a user was shown; `message` is the answer to a tools/list. Blocks.
    void learn(std::string_view server, std::string_view message);
    /// The tools as they are now are what they should be; no names: all that are known. Blocks.
    /// kNotFound names the tool that is not known.
    [[nodiscard]] Result<std::vector<std::string>> approve(std::string_view server,
                                                           const std::vector<std::string>& tools);

    /// What a request of the gateway's own to this runtime carries.
    [[nodiscard]] static Peer peer_of(const catalog::Server& server,
                                      const std::string& runtime,
                                      std::chrono::milliseconds timeout);

  private:
    struct Schedule {
        std::vector<std::string> runtimes;
        SteadyTime due;
        SteadyTime asked;  ///< last
        unsigned failures = 0;
        bool running = false;
    };

    void follow_catalog(const catalog::Catalog& catalog, SteadyTime now);
    [[nodiscard]] std::vector<std::string> take_due(SteadyTime now);
    void probe_server(const std::string& name);
    [[nodiscard]] Found ask_any(const catalog::Server& server, std::string& runtime);
    void finish(const std::string& name, bool well);
    void take_probe(const catalog::Server& server, const std::string& runtime, Found found);
    void judge(const catalog::Server& server, Facts& facts, const std::vector<Tool>& seen);
    void take_approvals(Facts& facts);
    void note_changes(const catalog::Server& server,
                      const ApprovalStore::Noted& noted,
                      const Facts& facts);
    void reread_approvals();
    void publish(Facts facts);

    Needs needs_;
    LiveBook live_;
    OnTools on_tools_;
    std::mutex mutex_;  // guards schedules_, next_reread_
    std::map<std::string, Schedule, std::less<>> schedules_;
    SteadyTime next_reread_;
    std::mutex book_mutex_;  // one change of the book at a time: reading, judging, publishing
};

}  // namespace gatehouse::runtimes
