// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <future>

#include "storage/database.h"
#include "storage/sql_consent_store.h"
#include "storage/sql_session_store.h"
#include "storage/sql_transaction_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

using oauth::Consent;
using oauth::Purpose;
using oauth::Stage;
using oauth::Transaction;

class FlowStores : public testing::Test {
  protected:
    FlowStores() : database_(test::open_store(dir_ / "gatehouse.db").value()) {}

    [[nodiscard]] Transaction transaction() const {
        return {.id = "t1",
                .purpose = Purpose::kConnect,
                .stage = Stage::kOpen,
                .browser_digest = "digest",
                .source = "192.0.2.1",
                .origin = "https://mcp.example.com",
                .client_id = "client",
                .redirect_uri = "https://app.example/cb?a=1",
                .code_challenge = "challenge",
                .login_hint = "alice",
                .state = "state \xE2\x82\xAC",
                .asked_scopes = {"a", "b"},
                .prompts = 5,
                .max_age = std::chrono::seconds{7},
                .acr_values = "phr phrh",
                .ui_locales = "de",
                .server = "todo",
                .scopes = {"a"},
                .user_id = "u1",
                .created_at = clock_.now(),
                .expires_at = clock_.now() + std::chrono::minutes{10}};
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    std::unique_ptr<Database> database_;
    SqlTransactionStore transactions_{*database_};
    SqlConsentStore consents_{*database_};
    SqlSessionStore sessions_{*database_};
};

TEST_F(FlowStores, KeepsEveryMemberOfATransaction) {
    const Transaction given = transaction();
    ASSERT_TRUE(transactions_.insert(given, 10));
    const Transaction read = transactions_.find("t1").value();
    EXPECT_EQ(read.purpose, given.purpose);
    EXPECT_EQ(read.stage, given.stage);
    EXPECT_EQ(read.browser_digest, given.browser_digest);
    EXPECT_EQ(read.source, given.source);
    EXPECT_EQ(read.origin, given.origin);
    EXPECT_EQ(read.client_id, given.client_id);
    EXPECT_EQ(read.redirect_uri, given.redirect_uri);
    EXPECT_EQ(read.code_challenge, given.code_challenge);
    EXPECT_EQ(read.login_hint, given.login_hint);
    EXPECT_EQ(read.state, given.state);
    EXPECT_EQ(read.asked_scopes, given.asked_scopes);
    EXPECT_EQ(read.prompts, given.prompts);
    EXPECT_EQ(read.max_age, given.max_age);
    EXPECT_EQ(read.acr_values, given.acr_values);
    EXPECT_EQ(read.ui_locales, given.ui_locales);
    EXPECT_EQ(read.server, given.server);
    EXPECT_EQ(read.scopes, given.scopes);
    EXPECT_EQ(read.user_id, given.user_id);
    EXPECT_EQ(read.created_at, given.created_at);
    EXPECT_EQ(read.expires_at, given.expires_at);
    EXPECT_EQ(transactions_.find("t2").error().code, ErrorCode::kNotFound);
}

TEST_F(FlowStores, KnowsAbsentFromEmpty) {
    Transaction given = transaction();
    given.state.reset();
    given.max_age.reset();
    ASSERT_TRUE(transactions_.insert(given, 10));
    EXPECT_FALSE(transactions_.find("t1")->state);
    EXPECT_FALSE(transactions_.find("t1")->max_age);
}

TEST_F(FlowStores, LetsExactlyOneCallerAdvance) {
    ASSERT_TRUE(transactions_.insert(transaction(), 10));
    Transaction next = transaction();
    next.stage = Stage::kFinished;
    std::vector<std::future<bool>> callers;
    for (int i = 0; i < 8; ++i) {
        callers.push_back(std::async(
            std::launch::async, [&] { return transactions_.advance(Stage::kOpen, next).value(); }));
    }
    int first = 0;
    for (auto& caller : callers) {
        first += caller.get() ? 1 : 0;
    }
    EXPECT_EQ(first, 1);
    EXPECT_EQ(transactions_.find("t1")->stage, Stage::kFinished);
}

TEST_F(FlowStores, ChoosesAServerOnce) {
    Transaction given = transaction();
    given.server.clear();
    ASSERT_TRUE(transactions_.insert(given, 10));
    given.server = "cal";
    given.scopes = {"x"};
    EXPECT_TRUE(transactions_.choose_server(given).value());
    given.server = "todo";
    EXPECT_FALSE(transactions_.choose_server(given).value());
    EXPECT_EQ(transactions_.find("t1")->server, "cal");
    EXPECT_EQ(transactions_.find("t1")->scopes, std::vector<std::string>{"x"});
}

TEST_F(FlowStores, BoundsTransactionsPerSourceOnly) {  // D31
    for (const auto& [id, source] :
         {std::pair{"a", "s1"}, std::pair{"b", "s1"}, std::pair{"c", "s2"}, std::pair{"d", "s1"}}) {
        Transaction given = transaction();
        given.id = id;
        given.source = source;
        given.created_at = clock_.now();
        ASSERT_TRUE(transactions_.insert(given, 2));
        clock_.advance(std::chrono::milliseconds{1});
    }
    EXPECT_FALSE(transactions_.find("a"));
    EXPECT_TRUE(transactions_.find("b"));
    EXPECT_TRUE(transactions_.find("c"));
    EXPECT_TRUE(transactions_.find("d"));
}

TEST_F(FlowStores, RemovesExpiredTransactions) {
    ASSERT_TRUE(transactions_.insert(transaction(), 10));
    ASSERT_TRUE(transactions_.remove_expired(clock_.now()));
    EXPECT_TRUE(transactions_.find("t1"));
    ASSERT_TRUE(transactions_.remove_expired(clock_.now() + std::chrono::hours{1}));
    EXPECT_FALSE(transactions_.find("t1"));
}

TEST_F(FlowStores, KeepsOneConsentPerPlace) {  // C41
    Consent consent{.user_id = "u1",
                    .client_id = "c",
                    .server = "todo",
                    .redirect_host = "app.example",
                    .scopes = {"a", "b"},
                    .given_at = clock_.now()};
    ASSERT_TRUE(consents_.remember(consent));
    consent.scopes = {"a"};
    ASSERT_TRUE(consents_.remember(consent));
    consent.redirect_host = "other.example";
    ASSERT_TRUE(consents_.remember(consent));
    const auto found = consents_.list("u1", "c").value();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].redirect_host, "app.example");
    EXPECT_EQ(found[0].scopes, std::vector<std::string>{"a"});
    EXPECT_EQ(found[0].given_at, clock_.now());
    EXPECT_TRUE(consents_.list("u2", "c").value().empty());
    EXPECT_EQ(consents_.list("u1", "").value().size(), 2U);
    ASSERT_TRUE(consents_.forget("u1", "c", "other"));
    EXPECT_EQ(consents_.list("u1", "c").value().size(), 2U);
    ASSERT_TRUE(consents_.forget("u1", "c", "todo"));
    EXPECT_TRUE(consents_.list("u1", "c").value().empty());
    consent.user_id = "u2";
    ASSERT_TRUE(consents_.remember(consent));
    ASSERT_TRUE(consents_.forget_user("u1"));
    EXPECT_EQ(consents_.list("u2", "").value().size(), 1U);
    ASSERT_TRUE(consents_.forget_user("u2"));
    EXPECT_TRUE(consents_.list("u2", "").value().empty());
}

TEST_F(FlowStores, ReplacesASessionAsAWhole) {  // I25
    ASSERT_TRUE(sessions_.replace(
        "",
        {.digest = "d1", .people = {{"local", "u1", clock_.now()}}, .last_used_at = clock_.now()}));
    ASSERT_TRUE(sessions_.replace(
        "d1", {.digest = "d2",
               .people = {{"corp", "u2", clock_.now()}, {"local", "u1", clock_.now()}},
               .last_used_at = clock_.now()}));
    EXPECT_EQ(sessions_.find("d1").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(sessions_.find("d2")->people.size(), 2U);
    ASSERT_TRUE(sessions_.remove_user("u2", {}));
    EXPECT_EQ(sessions_.find("d2")->people,
              (std::vector<identity::SignedIn>{{"local", "u1", clock_.now()}}));
    ASSERT_TRUE(sessions_.touch("d2", clock_.now() + std::chrono::hours{1}));
    ASSERT_TRUE(sessions_.remove_idle(clock_.now() + std::chrono::minutes{59}));
    EXPECT_TRUE(sessions_.find("d2"));
    ASSERT_TRUE(sessions_.remove_idle(clock_.now() + std::chrono::hours{2}));
    EXPECT_FALSE(sessions_.find("d2"));
}

}  // namespace
}  // namespace gatehouse::storage
