// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "grants/downstream.h"
#include "storage/database.h"
#include "storage/sql_downstream_client_store.h"
#include "storage/sql_grant_store.h"
#include "storage/sql_leg_store.h"
#include "storage/sql_revocation_store.h"
#include "support/fake_clock.h"
#include "support/fake_downstream.h"
#include "support/fake_http_client.h"
#include "support/open_store.h"
#include "support/recording_event_log.h"
#include "support/temp_dir.h"

namespace gatehouse::grants {

/// The real store, whose writes of refreshed grants fail on demand.
class BrokenGrantStore final : public GrantStore {
  public:
    explicit BrokenGrantStore(GrantStore& real) : real_(real) {}

    Result<void> adopt(std::string_view pending_id, const Grant& grant) override {
        return real_.adopt(pending_id, grant);
    }

    Result<Grant> find(std::string_view user_id, std::string_view server) override {
        return real_.find(user_id, server);
    }

    Result<std::vector<Grant>> list(const GrantFilter& filter) override {
        return real_.list(filter);
    }

    Result<bool> lease(const GrantLease& lease) override { return real_.lease(lease); }

    Result<void> release(std::string_view id, std::string_view owner) override {
        return real_.release(id, owner);
    }

    Result<bool> renew(const RenewedGrant& renewed) override {
        if (broken) {
            return fail(ErrorCode::kUnavailable, "disk full");
        }
        return real_.renew(renewed);
    }

    Result<bool> mark_needs_reconnect(std::string_view id,
                                      std::uint64_t version,
                                      Timestamp now) override {
        return real_.mark_needs_reconnect(id, version, now);
    }

    Result<bool> reseal(std::string_view id,
                        std::uint64_t version,
                        std::string_view sealed) override {
        return real_.reseal(id, version, sealed);
    }

    Result<bool> remove(std::string_view id,
                        std::uint64_t version,
                        const Revocation& revocation) override {
        return real_.remove(id, version, revocation);
    }

    Result<std::vector<Grant>> take_expiring(Timestamp now, std::chrono::hours notice) override {
        return real_.take_expiring(now, notice);
    }

    std::atomic<bool> broken = false;

  private:
    GrantStore& real_;
};

/// What the sign-in provider issued, as a test likes it.
class FakeSubjects final : public SubjectTokens {
  public:
    std::expected<Secret, SubjectTrouble> find(std::string_view user_id,
                                               std::string_view provider,
                                               catalog::ExchangeSubject kind) override {
        asked.push_back(std::string(user_id) + " at " + std::string(provider));
        last_kind = kind;
        if (trouble) {
            return std::unexpected(*trouble);
        }
        return Secret("subject-of-" + std::string(user_id));
    }

    std::optional<SubjectTrouble> trouble;
    std::vector<std::string> asked;
    catalog::ExchangeSubject last_kind = catalog::ExchangeSubject::kNone;
};

/// One downstream server, one profile, two servers that share it; a real database.
class GrantsTest : public testing::Test {
  protected:
    static constexpr std::string_view kIssuer = "https://auth.todo.example";

    GrantsTest() { publish(); }

    /// The catalog as it stands in `profile_`, `servers_`.
    void publish() {
        auto next = std::make_shared<catalog::Catalog>();
        next->public_origin = "https://mcp.example.com";
        next->secure = true;
        next->profiles = {profile_};
        next->servers = servers_;
        catalog_.set(next);
    }

    static catalog::Profile profile() {
        catalog::Profile profile;
        profile.name = "todo";
        profile.issuer = kIssuer;
        profile.client_id = "gate:house";
        profile.client_secret = Secret("s e/cret");
        profile.auth_method = catalog::ClientAuthMethod::kClientSecretBasic;
        profile.resource = "https://api.todo.example";
        profile.scopes = {"todos.read", "todos.write", "offline_access"};
        profile.authorize_params = {{"prompt", "consent"}, {"state", "fixed"}};
        profile.identity.from = catalog::IdentitySource::kIdToken;
        return profile;
    }

    static catalog::Server server(std::string name, std::vector<std::string> scopes) {
        catalog::Server server;
        server.name = std::move(name);
        server.origin = "https://mcp.example.com";
        server.profile = "todo";
        server.scopes = std::move(scopes);
        return server;
    }

    /// A callback that succeeds; tests spoil one thing about it.
    struct Callback {
        FormFields parameters;
        std::string browser_secret;
    };

    Callback approved(const LegRequest& request) {
        const auto start = connector().begin(request);
        EXPECT_TRUE(start) << (start ? "" : describe(start.error()));
        return {.parameters = downstream_.approve(start.value().redirect_url),
                .browser_secret = start->browser_secret};
    }

    Callback approved() { return approved({.server = "reader", .transaction_id = "tx"}); }

    std::expected<LegResult, LegError> complete(const Callback& callback) {
        return connector().complete("todo", callback.parameters, callback.browser_secret);
    }

    /// Connects `user` to `server`.
    void connect(const std::string& user = "u1", const std::string& server = "reader") {
        const auto leg = complete(approved({.server = server, .transaction_id = "tx"}));
        ASSERT_TRUE(leg) << leg.error().detail;
        const auto adopted = connector().adopt(leg->pending_grant, user);
        ASSERT_TRUE(adopted) << describe(adopted.error());
    }

    Connector& connector() { return grants_.connector(); }

    GrantBroker& broker() { return grants_.broker(); }

    [[nodiscard]] std::size_t token_calls() const {
        return http_.count(std::string(kIssuer) + "/token");
    }

    /// Another process on the same store.
    std::unique_ptr<Downstream> another_process() {
        return std::make_unique<Downstream>(needs_, keys_);
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    test::FakeHttpClient http_;
    test::FakeDownstream downstream_{http_, clock_, std::string(kIssuer)};
    test::RecordingEventLog events_;
    catalog::Profile profile_ = profile();
    std::vector<catalog::Server> servers_{server("reader", {"todos.read"}),
                                          server("writer", {"todos.read", "todos.write"})};
    catalog::LiveCatalog catalog_{std::make_shared<catalog::Catalog>()};
    std::unique_ptr<storage::Database> database_ = test::open_store(dir_ / "test.db").value();
    storage::SqlLegStore legs_{*database_};
    storage::SqlGrantStore rows_{*database_};
    BrokenGrantStore store_{rows_};
    storage::SqlDownstreamClientStore clients_{*database_};
    storage::SqlRevocationStore revocations_{*database_};
    FakeSubjects subjects_;
    std::vector<Secret> keys_{Secret(std::string(32, 'k'))};
    Downstream::Needs needs_{.catalog = catalog_,
                             .legs = legs_,
                             .grants = store_,
                             .clients = clients_,
                             .revocations = revocations_,
                             .subjects = subjects_,
                             .http = http_,
                             .events = events_,
                             .clock = clock_};
    Downstream grants_{needs_, keys_};
};

}  // namespace gatehouse::grants
