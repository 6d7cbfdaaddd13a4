// SPDX-License-Identifier: Apache-2.0
#include "grants/broker.h"

#include <algorithm>
#include <latch>
#include <thread>

#include "unit/grants/fixture.h"

namespace gatehouse::grants {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class BrokerTest : public GrantsTest {
  protected:
    BrokerTest() {
        connect();
        first_ = downstream_.last_access;
        calls_ = token_calls();
    }

    static std::string text(const std::expected<DownstreamToken, GrantFailure>& token) {
        return token ? std::string(token->value.reveal()) : "failed";
    }

    std::size_t events(std::string_view name) const {
        return static_cast<std::size_t>(
            std::ranges::count(events_.events, name, &audit::Event::name));
    }

    void refuse_refresh(int status, std::string code) {
        downstream_.token_answer = [status, code](const FormFields&) {
            return test::FakeDownstream::error(status, code);
        };
    }

    std::string first_;
    std::size_t calls_ = 0;
};

TEST_F(BrokerTest, HandsOutTheTokenWithoutAskingWhileItIsFresh) {
    const auto token = broker().token_for("u1", "reader");
    EXPECT_EQ(text(token), first_);
    EXPECT_EQ(token->expires_at, clock_.now() + seconds{3600});
    EXPECT_LT(token->refresh_at, token->expires_at - seconds{59});
    EXPECT_GT(token->refresh_at, token->expires_at - seconds{70});
    EXPECT_EQ(token_calls(), calls_);
}

TEST_F(BrokerTest, KnowsNoGrantOfAnotherUserOrServer) {
    EXPECT_EQ(broker().token_for("u2", "reader").error(), GrantFailure::kMissing);
    EXPECT_EQ(broker().token_for("u1", "writer").error(), GrantFailure::kMissing);
    EXPECT_EQ(broker().token_for("u1", "nowhere").error(), GrantFailure::kMissing);
}

TEST_F(BrokerTest, RefreshesEarly) {  // G18
    clock_.advance(seconds{3600 - 58});
    const auto token = broker().token_for("u1", "reader");
    EXPECT_EQ(text(token), downstream_.last_access);
    EXPECT_NE(text(token), first_);
    EXPECT_EQ(token->expires_at, clock_.now() + seconds{3600});
    EXPECT_EQ(token_calls(), calls_ + 1);
    EXPECT_TRUE(events_.has("grant.refreshed"));
}

TEST_F(BrokerTest, SendsTheResourceWithTheRefreshAndNoScope) {  // G06
    clock_.advance(minutes{61});
    ASSERT_TRUE(broker().token_for("u1", "reader"));
    const auto form =
        parse_form(http_.requests_to(std::string(kIssuer) + "/token").back().body).value();
    EXPECT_EQ(test::field(form, "grant_type"), "refresh_token");
    EXPECT_EQ(test::field(form, "resource"), "https://api.todo.example");
    EXPECT_EQ(test::field(form, "scope"), "");
}

TEST_F(BrokerTest, TwoHundredThreadsAtExpiryMakeOneRefresh) {  // G16
    clock_.advance(minutes{61});
    constexpr int kThreads = 200;
    std::latch start(kThreads);
    std::vector<std::string> seen(kThreads);
    {
        std::vector<std::jthread> threads;
        for (std::string& place : seen) {
            threads.emplace_back([this, &start, &place] {
                start.arrive_and_wait();
                place = text(broker().token_for("u1", "reader"));
            });
        }
    }
    EXPECT_EQ(token_calls(), calls_ + 1);
    EXPECT_EQ(std::ranges::count(seen, downstream_.last_access), kThreads);
}

TEST_F(BrokerTest, TwoProcessesAtExpiryMakeOneRefresh) {  // G16
    clock_.advance(minutes{61});
    const auto other = another_process();
    std::latch asked(1);
    std::latch answer(1);
    downstream_.token_answer = [&](const FormFields& form) {
        asked.count_down();
        answer.wait();
        return downstream_.token(form);
    };
    std::string here;
    std::string there;
    {
        std::jthread first([&] { here = text(broker().token_for("u1", "reader")); });
        asked.wait();
        std::jthread second([&] { there = text(other->broker().token_for("u1", "reader")); });
        answer.count_down();
    }
    EXPECT_EQ(token_calls(), calls_ + 1);
    EXPECT_EQ(here, downstream_.last_access);
    EXPECT_EQ(there, here);
}

TEST_F(BrokerTest, TakesOverFromAProcessThatDiedWithTheLease) {  // G16
    const auto row = rows_.find("u1", "reader").value();
    clock_.advance(minutes{61});
    ASSERT_TRUE(rows_
                    .lease({.id = row.id,
                            .version = row.version,
                            .owner = "dead",
                            .now = clock_.now(),
                            .until = clock_.now() + seconds{30}})
                    .value());
    clock_.advance(seconds{30});
    EXPECT_EQ(text(broker().token_for("u1", "reader")), downstream_.last_access);
    EXPECT_EQ(token_calls(), calls_ + 1);
}

TEST_F(BrokerTest, AnotherProcessesLeaseLeavesTheValidTokenInUse) {
    const auto row = rows_.find("u1", "reader").value();
    clock_.advance(seconds{3590});
    ASSERT_TRUE(rows_
                    .lease({.id = row.id,
                            .version = row.version,
                            .owner = "other",
                            .now = clock_.now(),
                            .until = clock_.now() + seconds{30}})
                    .value());
    EXPECT_EQ(text(broker().token_for("u1", "reader")), first_);
    EXPECT_EQ(token_calls(), calls_);
}

TEST_F(BrokerTest, DoesNotUseATokenThatCouldNotBeStored) {  // G17
    clock_.advance(minutes{61});
    store_.broken = true;
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kTransient);
    EXPECT_EQ(token_calls(), calls_ + 1);
    EXPECT_EQ(events("grant.refreshed"), 0U);
}

TEST_F(BrokerTest, StoresTheAnswerLaterInsteadOfReplayingTheSpentToken) {  // G17
    clock_.advance(minutes{61});
    store_.broken = true;
    ASSERT_FALSE(broker().token_for("u1", "reader"));
    ASSERT_FALSE(broker().token_for("u1", "reader"));
    store_.broken = false;
    EXPECT_EQ(text(broker().token_for("u1", "reader")), downstream_.last_access);
    EXPECT_EQ(token_calls(), calls_ + 1);
    clock_.advance(minutes{61});
    EXPECT_EQ(text(broker().token_for("u1", "reader")), downstream_.last_access);
}

TEST_F(BrokerTest, AnOlderWriterCannotOverwrite) {  // G17
    const auto row = rows_.find("u1", "reader").value();
    clock_.advance(minutes{61});
    ASSERT_TRUE(broker().token_for("u1", "reader"));
    RenewedGrant late{.id = row.id, .expected_version = row.version, .sealed = row.sealed};
    EXPECT_FALSE(rows_.renew(late).value());
    EXPECT_FALSE(rows_.mark_needs_reconnect(row.id, row.version, clock_.now()).value());
    EXPECT_EQ(text(broker().token_for("u1", "reader")), downstream_.last_access);
}

TEST_F(BrokerTest, KeepsTheOldRefreshTokenWhenNoneComesBack) {  // G08
    downstream_.answer_extra = {{"refresh_token", nullptr}};
    clock_.advance(minutes{61});
    ASSERT_TRUE(broker().token_for("u1", "reader"));
    EXPECT_TRUE(rows_.find("u1", "reader")->renewable);
}

TEST_F(BrokerTest, PassingTroubleLeavesTheValidTokenInUse) {  // G19
    clock_.advance(seconds{3590});
    refuse_refresh(503, "server_error");
    const auto token = broker().token_for("u1", "reader");
    EXPECT_EQ(text(token), first_);
    EXPECT_GT(token->refresh_at, clock_.now());
    EXPECT_TRUE(events_.has("grant.failed"));
}

TEST_F(BrokerTest, PassingTroubleKeepsTheGrantAndBacksOff) {  // G19

    struct Case {
        const char* name;
        std::function<Result<http::ClientResponse>(const FormFields&)> answer;
    };

    const std::vector<Case> cases{
        {"500", [](auto&) { return test::FakeDownstream::reply(500, {}); }},
        {"429", [](auto&) { return test::FakeDownstream::reply(429, {}); }},
        {"named",
         [](auto&) { return test::FakeDownstream::error(400, "temporarily_unavailable"); }},
        {"network", [](auto&) { return fail(ErrorCode::kUnavailable, "broke off"); }},
        {"timeout", [](auto&) { return fail(ErrorCode::kTimeout, "slow"); }},
        {"5xx with a final code",
         [](auto&) { return test::FakeDownstream::error(502, "invalid_grant"); }},
        {"a maintenance page",
         [](auto&) { return http::ClientResponse{.status = 200, .body = "<p>"}; }}};
    clock_.advance(minutes{61});
    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        downstream_.token_answer = one.answer;
        const std::size_t before = token_calls();
        EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kTransient);
        EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kTransient);
        EXPECT_EQ(token_calls(), before + 1);
        clock_.advance(minutes{5});
    }
    downstream_.token_answer = nullptr;
    EXPECT_EQ(text(broker().token_for("u1", "reader")), downstream_.last_access);
}

/// Every way in which a refresh fails, and what becomes of the grant (G18-G20).
TEST_F(BrokerTest, TellsPassingFailuresFromFinalOnesAndFromTheOperators) {
    using Answer = Result<http::ClientResponse>;

    struct Case {
        const char* name;
        Answer answer;
        GrantFailure failure;
    };

    const auto raw = [](int status, std::string body) -> Answer {
        return http::ClientResponse{.status = status, .body = std::move(body)};
    };
    const auto error = [](int status, std::string_view code) {
        return test::FakeDownstream::error(status, code);
    };
    using enum GrantFailure;
    const std::vector<Case> cases{
        {"cannot be reached", fail(ErrorCode::kUnavailable, "refused"), kTransient},
        {"times out", fail(ErrorCode::kTimeout, "slow"), kTransient},
        {"oversize", fail(ErrorCode::kTooLarge, "long"), kTransient},
        {"500", raw(500, ""), kTransient},
        {"502 with HTML", raw(502, "<html>"), kTransient},
        {"503", raw(503, "{}"), kTransient},
        {"408", raw(408, ""), kTransient},
        {"429", raw(429, ""), kTransient},
        {"5xx that names a final code", error(500, "invalid_grant"), kTransient},
        {"429 that names a final code", error(429, "invalid_grant"), kTransient},
        {"temporarily_unavailable", error(400, "temporarily_unavailable"), kTransient},
        {"server_error", error(400, "server_error"), kTransient},
        {"slow_down", error(400, "slow_down"), kTransient},
        {"200 with HTML", raw(200, "<p>maintenance"), kTransient},
        {"200 without a token", raw(200, R"({"ok":true})"), kTransient},
        {"200 with a broken token", raw(200, R"({"access_token":"a b"})"), kTransient},
        {"invalid_grant", error(400, "invalid_grant"), kMissing},
        {"invalid_grant with 401", error(401, "invalid_grant"), kMissing},
        {"invalid_grant with 200", error(200, "invalid_grant"), kMissing},
        {"interaction_required", error(400, "interaction_required"), kMissing},
        {"login_required", error(400, "login_required"), kMissing},
        {"consent_required", error(400, "consent_required"), kMissing},
        {"access_denied", error(400, "access_denied"), kMissing},
        {"as GitHub says it", error(200, "bad_refresh_token"), kMissing},
        {"as Slack says it", error(200, "invalid_refresh_token"), kMissing},
        {"invalid_client", error(401, "invalid_client"), kOperator},
        {"invalid_client with 400", error(400, "invalid_client"), kOperator},
        {"unauthorized_client", error(400, "unauthorized_client"), kOperator},
        {"unsupported_grant_type", error(400, "unsupported_grant_type"), kOperator},
        {"invalid_request", error(400, "invalid_request"), kOperator},
        {"invalid_scope", error(400, "invalid_scope"), kOperator},
        {"invalid_target", error(400, "invalid_target"), kOperator},
        {"403 without a word", raw(403, ""), kOperator},
        {"404", raw(404, "nothing here"), kOperator},
        {"a redirect", raw(302, ""), kOperator}};
    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        downstream_.token_answer = nullptr;
        connect();
        clock_.advance(minutes{61});
        downstream_.token_answer = [&](const FormFields&) { return one.answer; };
        const std::size_t before = token_calls();
        const auto marked = events("grant.needs_reconnect");
        for (int call = 0; call < 10; ++call) {
            EXPECT_EQ(broker().token_for("u1", "reader").error(), one.failure);
        }
        EXPECT_EQ(token_calls(), before + 1);
        const bool final = one.failure == kMissing;
        EXPECT_EQ(events("grant.needs_reconnect"), marked + (final ? 1 : 0));
        EXPECT_EQ(rows_.find("u1", "reader")->state,
                  final ? GrantState::kNeedsReconnect : GrantState::kActive);
        EXPECT_EQ(connector().has_grant("u1", "reader", {}).value(), !final);
        clock_.advance(minutes{6});
        downstream_.token_answer = nullptr;
        EXPECT_EQ(broker().token_for("u1", "reader").has_value(), !final);
    }
}

TEST_F(BrokerTest, TroubleAtOneIssuerLeavesAnotherAlone) {  // G19
    auto other = profile();
    other.name = "other";
    other.issuer = "https://auth.other.example";
    test::FakeDownstream second(http_, clock_, other.issuer);
    servers_.push_back(server("other", {"todos.read"}));
    servers_.back().profile = "other";
    auto next = std::make_shared<catalog::Catalog>(*catalog_.get());
    next->profiles = {profile_, other};
    next->servers = servers_;
    catalog_.set(next);
    const auto start = connector().begin({.server = "other", .transaction_id = "tx"});
    const auto leg =
        connector().complete("other", second.approve(start->redirect_url), start->browser_secret);
    ASSERT_TRUE(leg) << leg.error().detail;
    ASSERT_TRUE(connector().adopt(leg->pending_grant, "u1"));
    clock_.advance(minutes{61});
    refuse_refresh(503, "server_error");
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kTransient);
    EXPECT_EQ(text(broker().token_for("u1", "other")), second.last_access);
}

TEST_F(BrokerTest, ARestartedProcessTakesUpItsOwnLease) {  // G16
    Downstream::Needs needs = needs_;
    needs.replica = "replica-1";
    const auto row = rows_.find("u1", "reader").value();
    clock_.advance(minutes{61});
    ASSERT_TRUE(rows_
                    .lease({.id = row.id,
                            .version = row.version,
                            .owner = "replica-1",
                            .now = clock_.now(),
                            .until = clock_.now() + seconds{30}})
                    .value());
    Downstream restarted(needs, keys_);
    EXPECT_EQ(text(restarted.broker().token_for("u1", "reader")), downstream_.last_access);
    EXPECT_EQ(token_calls(), calls_ + 1);
}

TEST_F(BrokerTest, HonoursRetryAfter) {  // G19
    clock_.advance(minutes{61});
    downstream_.token_answer = [](auto&) {
        return http::ClientResponse{.status = 429, .headers = {{"Retry-After", "120"}}};
    };
    ASSERT_FALSE(broker().token_for("u1", "reader"));
    downstream_.token_answer = nullptr;
    clock_.advance(seconds{119});
    EXPECT_FALSE(broker().token_for("u1", "reader"));
    clock_.advance(seconds{1});
    EXPECT_TRUE(broker().token_for("u1", "reader"));
}

TEST_F(BrokerTest, InvalidGrantEndsTheGrantOnce) {  // G20
    clock_.advance(minutes{61});
    refuse_refresh(400, "invalid_grant");
    for (int call = 0; call < 100; ++call) {
        EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    }
    EXPECT_EQ(token_calls(), calls_ + 1);
    EXPECT_EQ(events("grant.needs_reconnect"), 1U);
    EXPECT_FALSE(connector().has_grant("u1", "reader", {}).value());
    EXPECT_EQ(rows_.find("u1", "reader")->state, GrantState::kNeedsReconnect);
}

TEST_F(BrokerTest, ReconnectingRevivesTheGrant) {  // G20
    clock_.advance(minutes{61});
    refuse_refresh(400, "invalid_grant");
    ASSERT_FALSE(broker().token_for("u1", "reader"));
    downstream_.token_answer = nullptr;
    connect();
    EXPECT_EQ(text(broker().token_for("u1", "reader")), downstream_.last_access);
}

TEST_F(BrokerTest, RefusedClientIsTheOperatorsFault) {  // G19
    for (const char* code : {"invalid_client", "unauthorized_client"}) {
        SCOPED_TRACE(code);
        clock_.advance(minutes{61});
        refuse_refresh(401, code);
        EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kOperator);
        EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kOperator);
    }
    EXPECT_EQ(token_calls(), calls_ + 2);
    EXPECT_EQ(rows_.find("u1", "reader")->state, GrantState::kActive);
    EXPECT_EQ(events("grant.needs_reconnect"), 0U);
}

TEST_F(BrokerTest, RefreshesOnceAfterARejection) {  // G18
    const auto rejected = broker().token_for("u1", "reader");
    const auto next = broker().refresh_after_rejection("u1", "reader", rejected->version);
    EXPECT_EQ(text(next), downstream_.last_access);
    EXPECT_NE(next->version, rejected->version);
    EXPECT_EQ(token_calls(), calls_ + 1);
    // Somebody else's late rejection of the same version gets what is there.
    EXPECT_EQ(text(broker().refresh_after_rejection("u1", "reader", rejected->version)),
              downstream_.last_access);
    EXPECT_EQ(token_calls(), calls_ + 1);
}

TEST_F(BrokerTest, ARejectedTokenIsNotServedWhenTheRefreshFails) {  // G18
    refuse_refresh(503, "server_error");
    const auto rejected = broker().token_for("u1", "reader");
    EXPECT_EQ(broker().refresh_after_rejection("u1", "reader", rejected->version).error(),
              GrantFailure::kTransient);
}

TEST_F(BrokerTest, ARuntimeThatRejectsEverythingDoesNotWearOutTheServer) {
    for (int call = 0; call < 50; ++call) {
        const auto token = broker().token_for("u1", "reader");
        ASSERT_TRUE(token);
        (void)broker().refresh_after_rejection("u1", "reader", token->version);
    }
    EXPECT_EQ(token_calls(), calls_ + 5);
    clock_.advance(seconds{61});
    const auto token = broker().token_for("u1", "reader");
    EXPECT_TRUE(broker().refresh_after_rejection("u1", "reader", token->version));
}

TEST_F(BrokerTest, AnAccountThatWasConnectedAgainIsNotHeldBackByWhatWentBefore) {
    for (int call = 0; call < 50; ++call) {
        const auto token = broker().token_for("u1", "reader");
        (void)broker().refresh_after_rejection("u1", "reader", token->version);
    }
    connect();
    const auto token = broker().token_for("u1", "reader");
    EXPECT_TRUE(broker().refresh_after_rejection("u1", "reader", token->version));
}

TEST_F(BrokerTest, WithoutRefreshTokenAnExpiredGrantNeedsReconnecting) {  // G08
    downstream_.answer_extra = {{"refresh_token", nullptr}};
    connect();
    EXPECT_TRUE(broker().token_for("u1", "reader"));
    const std::size_t before = token_calls();
    clock_.advance(minutes{61});
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_EQ(token_calls(), before);
    EXPECT_EQ(events("grant.needs_reconnect"), 1U);
}

TEST_F(BrokerTest, ShortLivedTokensAreNotRefreshedByEveryCall) {
    downstream_.answer_extra = {{"expires_in", 60}};
    connect();
    const std::size_t before = token_calls();
    EXPECT_TRUE(broker().token_for("u1", "reader"));
    clock_.advance(seconds{20});
    EXPECT_TRUE(broker().token_for("u1", "reader"));
    EXPECT_EQ(token_calls(), before);
}

TEST_F(BrokerTest, StoresANarrowerScopeOfTheRefresh) {  // G08
    connect("u1", "writer");
    downstream_.answer_extra = {{"scope", "todos.read"}};
    clock_.advance(minutes{61});
    ASSERT_TRUE(broker().token_for("u1", "writer"));
    EXPECT_EQ(rows_.find("u1", "writer")->scopes, std::vector<std::string>{"todos.read"});
    EXPECT_FALSE(connector().has_grant("u1", "writer", {"todos.write"}).value());
    EXPECT_TRUE(connector().has_grant("u1", "writer", {"todos.read"}).value());
}

TEST_F(BrokerTest, RefusesARefreshThatWidensTheGrant) {  // G10
    downstream_.answer_extra = {{"scope", "todos.read todos.write"}};
    clock_.advance(minutes{61});
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_EQ(events("grant.needs_reconnect"), 1U);
}

TEST_F(BrokerTest, NarrowsTheTokenWhenTheServerMayHaveLess) {  // G10
    connect("u1", "writer");
    servers_[1].scopes = {"todos.read"};
    publish();
    downstream_.answer_extra = {{"scope", nullptr}};
    EXPECT_EQ(text(broker().token_for("u1", "writer")), downstream_.last_access);
    const auto form =
        parse_form(http_.requests_to(std::string(kIssuer) + "/token").back().body).value();
    EXPECT_EQ(test::field(form, "scope"), "todos.read openid offline_access");
    EXPECT_FALSE(contains(rows_.find("u1", "writer")->scopes, "todos.write"));
}

TEST_F(BrokerTest, SwappedCiphertextsDoNotOpen) {  // G15
    connect("u2");
    const std::string stolen = rows_.find("u2", "reader")->sealed;
    ASSERT_TRUE(database_->execute("UPDATE grants SET sealed = ? WHERE user_id = 'u1'",
                                   {storage::Blob{stolen}}));
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_TRUE(broker().token_for("u2", "reader"));
}

TEST_F(BrokerTest, NoTokenIsReadableInTheDatabase) {  // G15
    const auto rows = database_->query("SELECT sealed FROM grants", {}).value();
    for (const auto& row : rows) {
        EXPECT_EQ(row.blob(0).find(first_), std::string::npos);
        EXPECT_EQ(row.blob(0).find(downstream_.last_refresh), std::string::npos);
    }
}

TEST_F(BrokerTest, AGrantOfAnotherClientRegistrationNeedsReconnecting) {
    profile_.client_id = "another";
    publish();
    EXPECT_TRUE(broker().token_for("u1", "reader"));
    EXPECT_FALSE(connector().has_grant("u1", "reader", {}).value());
    clock_.advance(minutes{61});
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_EQ(token_calls(), calls_);
}

TEST_F(BrokerTest, AGrantOfAnotherIssuerIsNotServed) {
    profile_.issuer = "https://elsewhere.example";
    publish();
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
}

TEST_F(BrokerTest, ADisconnectDuringARefreshIsNotUndone) {  // G23
    clock_.advance(minutes{61});
    downstream_.token_answer = [this](const FormFields& form) {
        EXPECT_TRUE(connector().disconnect("u1", "reader"));
        return downstream_.token(form);
    };
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_FALSE(rows_.find("u1", "reader"));
    EXPECT_TRUE(contains(downstream_.revoked, downstream_.last_refresh));
}

TEST_F(BrokerTest, ServesTheTokenThatWasStoredByADeadProcess) {  // G17
    clock_.advance(minutes{61});
    ASSERT_TRUE(broker().token_for("u1", "reader"));
    const auto restarted = another_process();
    EXPECT_EQ(text(restarted->broker().token_for("u1", "reader")), downstream_.last_access);
    EXPECT_EQ(token_calls(), calls_ + 1);
}

}  // namespace
}  // namespace gatehouse::grants
