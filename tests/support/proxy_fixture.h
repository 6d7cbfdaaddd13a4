// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/call_journal.h"
#include "base/json.h"
#include "crypto/jwk.h"
#include "crypto/jwt.h"
#include "crypto/sealer.h"
#include "grants/grant_broker.h"
#include "proxy/proxy_application.h"
#include "support/fake_clock.h"
#include "support/fake_exchange.h"
#include "support/fake_upstream_pool.h"
#include "support/memory_budget_store.h"

namespace gatehouse::test {

/// Keeps entries in order; `broken_intents` and `broken_outcomes` make it refuse.
class RecordingCallJournal final : public audit::CallJournal {
  public:
    struct Intent {
        std::string server, user, client, connection, revision, method, item, effect, rule, reason,
            arguments, request_id, trace_id;
        std::uint64_t bytes_in = 0;
    };

    Result<std::uint64_t> intent(const audit::CallIntent& intent) override {
        if (broken_intents) {
            return fail(ErrorCode::kUnavailable, "journal unavailable");
        }
        intents.push_back({.server = std::string(intent.server),
                           .user = std::string(intent.user),
                           .client = std::string(intent.client),
                           .connection = std::string(intent.connection),
                           .revision = std::string(intent.revision),
                           .method = std::string(intent.method),
                           .item = std::string(intent.item),
                           .effect = std::string(intent.effect),
                           .rule = std::string(intent.rule),
                           .reason = std::string(intent.reason),
                           .arguments = std::string(intent.arguments),
                           .request_id = std::string(intent.request_id),
                           .trace_id = std::string(intent.trace_id),
                           .bytes_in = intent.bytes_in});
        if (on_entry) {
            on_entry();
        }
        return intents.size();
    }

    Result<void> outcome(std::uint64_t call, const audit::CallOutcome& outcome) override {
        if (broken_outcomes) {
            return fail(ErrorCode::kUnavailable, "journal unavailable");
        }
        EXPECT_LE(call, intents.size());
        outcomes.emplace_back(call, outcome);
        if (on_entry) {
            on_entry();
        }
        return {};
    }

    bool broken_intents = false, broken_outcomes = false;
    std::vector<Intent> intents;
    std::vector<std::pair<std::uint64_t, audit::CallOutcome>> outcomes;
    std::function<void()> on_entry;
};

/// Answers with what the test put there.
class FakeGrantBroker final : public grants::GrantBroker {
  public:
    using Token = std::expected<grants::DownstreamToken, grants::GrantFailure>;

    Token token_for(std::string_view user, std::string_view server) override {
        asked.push_back(std::string(user) + "@" + std::string(server));
        return token;
    }

    Token refresh_after_rejection(std::string_view /*user*/,
                                  std::string_view /*server*/,
                                  std::uint64_t version) override {
        rejected.push_back(version);
        return renewed;
    }

    Token token = std::unexpected(grants::GrantFailure::kMissing);
    Token renewed = std::unexpected(grants::GrantFailure::kMissing);
    std::vector<std::string> asked;
    std::vector<std::uint64_t> rejected;
};

/// One loop's proxy with everything around it faked: server `todo` with a profile, server `open`
/// without. Workers and posted tasks run in `settle`.
class ProxyFixture : public testing::Test {
  protected:
    ProxyFixture() { publish(make_catalog()); }

    static catalog::Catalog make_catalog() {
        catalog::Catalog catalog{.public_origin = "https://mcp.example.com", .secure = true};
        catalog.servers.push_back({.name = "todo",
                                   .title = "Todo",
                                   .runtimes = {"http://127.0.0.1:9000/mcp"},
                                   .path = "/todo",
                                   .origin = "https://mcp.example.com",
                                   .mcp_path = "/todo/mcp",
                                   .mcp_url = "https://mcp.example.com/todo/mcp",
                                   .profile = "todo",
                                   .scopes = {"todos.read", "todos.write"},
                                   .initial_scopes = {"todos.read"}});
        catalog.servers.back().worker.secrets = {Secret("worker-secret"), Secret("older")};
        catalog.servers.back().worker.static_headers.emplace_back("X-Api-Key", Secret("api-key"));
        catalog.servers.push_back({.name = "open",
                                   .runtimes = {"http://127.0.0.1:9001/mcp"},
                                   .path = "/open",
                                   .origin = "https://mcp.example.com",
                                   .mcp_path = "/open/mcp",
                                   .mcp_url = "https://mcp.example.com/open/mcp"});
        catalog.servers.back().worker.identity_headers = false;
        return catalog;
    }

    void publish(catalog::Catalog catalog) {
        catalog_.set(std::make_shared<const catalog::Catalog>(std::move(catalog)));
    }

    void revoke(const std::string& connection) {
        oauth::Trust trust = *trust_.get();
        trust.revoked_connections.insert(connection);
        trust_.set(std::make_shared<const oauth::Trust>(std::move(trust)));
    }

    proxy::Parts make_parts() {
        return {.catalog = catalog_,
                .trust = trust_,
                .grants = broker_,
                .ended_grants = ended_grants_,
                .journal = journal_,
                .sessions = sealer_,
                .ended_sessions = ended_,
                .budgets = ledger_,
                .pauses = pauses_,
                .clock = clock_,
                .pool_for = [this](const catalog::Server& server, std::size_t replica)
                    -> http::UpstreamPool& { return pools_[{server.name, replica}]; },
                .run_on_worker =
                    [this](std::function<void()> work) {
                        if (!workers_busy_) {
                            work_.push_back(std::move(work));
                        }
                        return !workers_busy_;
                    },
                .post = [this](std::function<void()> task) { posted_.push_back(std::move(task)); },
                .load_user =
                    [this](std::string_view user) {
                        users_loaded_.emplace_back(user);
                        return user_;
                    },
                .sign =
                    [this](std::string_view typ, const json::Object& claims) {
                        return crypto::sign_jwt(key_, typ, claims);
                    },
                .connect_link =
                    [](std::string_view user, const catalog::Server& server) {
                        return server.origin + "/connect/" + server.name + "?e=link-of-" +
                               std::string(user);
                    },
                .control =
                    [this](http::Exchange& exchange, std::string_view, std::string_view origin) {
                        control_origin_ = origin;
                        exchange.respond(http::text_response(200, "control"));
                    },
                .health = [] { return http::text_response(200, "ok"); },
                .ready = [] { return http::text_response(503, "no"); },
                .listen_hosts = {"127.0.0.1:8080"}};
    }

    json::Object claims() {
        const auto now = to_unix_seconds(clock_.now());
        return {{"iss", "https://mcp.example.com"},
                {"aud", "https://mcp.example.com/todo/mcp"},
                {"sub", "u1"},
                {"client_id", "c1"},
                {"sid", "conn1"},
                {"jti", "j1"},
                {"scope", "todos.read"},
                {"iat", now},
                {"exp", now + 3600}};
    }

    std::string token(const json::Object& claims, std::string_view typ = "at+jwt") {
        return crypto::sign_jwt(key_, typ, claims);
    }

    std::string token_for_open() {
        auto changed = claims();
        changed["aud"] = "https://mcp.example.com/open/mcp";
        changed["jti"] = "j-open";
        return token(changed);
    }

    void give_grant(std::string_view value, std::uint64_t version = 1) {
        broker_.token = grants::DownstreamToken{.value = Secret(std::string(value)),
                                                .expires_at = clock_.now() + std::chrono::hours{1},
                                                .refresh_at = clock_.now() + std::chrono::hours{1},
                                                .version = version};
    }

    static FakeExchange::Given call(const std::string& token,
                                    std::string body = std::string(kToolCall)) {
        return {.headers = {{"Authorization", "Bearer " + token},
                            {"Content-Type", "application/json"},
                            {"Accept", "application/json, text/event-stream"}},
                .body = std::move(body)};
    }

    FakeExchange::Given open_call(std::string body = std::string(kToolCall)) {
        auto given = call(token_for_open(), std::move(body));
        given.target = "/open/mcp";
        return given;
    }

    FakeExchange& request(FakeExchange::Given given) {
        exchanges_.push_back(std::make_unique<FakeExchange>(std::move(given)));
        application().on_request(*exchanges_.back());
        settle();
        return *exchanges_.back();
    }

    /// Runs what workers and the loop have to do.
    void settle() {
        while (!work_.empty() || !posted_.empty()) {
            auto& queue = work_.empty() ? posted_ : work_;
            auto task = std::move(queue.front());
            queue.pop_front();
            task();
        }
    }

    proxy::ProxyApplication& application() {
        if (application_ == nullptr) {
            application_ = std::make_unique<proxy::ProxyApplication>(make_parts());
        }
        return *application_;
    }

    FakeUpstreamPool& pool(const std::string& server = "open", std::size_t replica = 0) {
        return pools_[{server, replica}];
    }

    static constexpr std::string_view kToolCall =
        R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}})";
    static constexpr std::string_view kResult =
        R"({"jsonrpc":"2.0","id":7,"result":{"content":[],"isError":false}})";
    inline static const FakeUpstreamPool::Fields kJson{{"Content-Type", "application/json"}};
    inline static const FakeUpstreamPool::Fields kEvents{{"Content-Type", "text/event-stream"}};

    FakeClock clock_;
    crypto::SigningKey key_ = crypto::SigningKey::generate();
    catalog::LiveCatalog catalog_{std::make_shared<const catalog::Catalog>()};
    oauth::LiveTrust trust_{
        std::make_shared<const oauth::Trust>(oauth::Trust{.keys = {.keys = {key_.public_key()}}})};
    FakeGrantBroker broker_;
    grants::LiveEndedGrants ended_grants_{std::make_shared<const grants::EndedGrants>()};
    RecordingCallJournal journal_;
    crypto::Sealer sealer_{{Secret(std::string(32, 'k'))}, "session"};
    proxy::EndedSessions ended_;
    MemoryBudgetStore budget_store_;
    budget::Ledger ledger_{
        {.store = budget_store_, .file = nullptr, .clock = clock_, .warn = nullptr}};
    budget::LivePauses pauses_{std::make_shared<const budget::PauseSet>()};
    std::map<std::pair<std::string, std::size_t>, FakeUpstreamPool> pools_;
    std::deque<std::function<void()>> work_, posted_;
    bool workers_busy_ = false;
    std::optional<proxy::UserFacts> user_ =
        proxy::UserFacts{.email = "ann@example.com", .groups = {"staff", "ops"}};
    std::vector<std::string> users_loaded_;
    std::string control_origin_;
    std::vector<std::unique_ptr<FakeExchange>> exchanges_;
    std::unique_ptr<proxy::ProxyApplication> application_;
};

}  // namespace gatehouse::test
