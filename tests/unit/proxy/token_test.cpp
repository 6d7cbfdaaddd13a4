// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

/// Server `todo`: its calls need a downstream token.
class DownstreamTokenTest : public test::ProxyFixture {
  protected:
    test::FakeExchange& begin() {
        exchanges_.push_back(std::make_unique<test::FakeExchange>(call(token(claims()))));
        application().on_request(*exchanges_.back());
        return *exchanges_.back();
    }

    test::FakeUpstreamPool& todo() { return pool("todo"); }

    static constexpr std::string_view kHeader = "X-Gateway-Access-Token";
};

TEST_F(DownstreamTokenTest, ParksRequestsAndAsksOnce) {
    give_grant("t1");
    auto& first = begin();
    (void)begin();
    EXPECT_TRUE(first.retained);
    EXPECT_TRUE(journal_.intents.empty());
    settle();
    EXPECT_EQ(broker_.asked, (std::vector<std::string>{"u1@todo"}));
    EXPECT_EQ(users_loaded_, (std::vector<std::string>{"u1"}));
    ASSERT_EQ(todo().sent.size(), 2U);
    (void)begin();
    EXPECT_EQ(todo().sent.size(), 3U);
    EXPECT_EQ(todo().last().field(kHeader), "t1");
    EXPECT_EQ(broker_.asked.size(), 1U);
}

TEST_F(DownstreamTokenTest, SendsClientsThroughTheFlowWhenTheGrantIsGone) {  // G30 c
    const auto& answer = request(call(token(claims())));
    EXPECT_EQ(answer.status, 401);
    EXPECT_NE(answer.header("WWW-Authenticate").find(R"(error="invalid_token")"),
              std::string::npos);
    EXPECT_TRUE(answer.header("WWW-Authenticate").starts_with("Bearer resource_metadata="));
    EXPECT_EQ(journal_.intents.back().reason, "reconnect");
    EXPECT_EQ(journal_.outcomes.back().second.http_status, 401);
}

TEST_F(DownstreamTokenTest, TellsOtherTroubleApart) {  // G19, H90
    broker_.token = std::unexpected(grants::GrantFailure::kTransient);
    const auto& busy = request(call(token(claims())));
    EXPECT_EQ(busy.status, 503);
    EXPECT_NE(busy.header("Retry-After"), "");
    broker_.token = std::unexpected(grants::GrantFailure::kOperator);
    EXPECT_EQ(request(call(token(claims()))).status, 502);
    EXPECT_TRUE(todo().sent.empty());
}

TEST_F(DownstreamTokenTest, RefusesWhileNobodyKnowsThePerson) {
    give_grant("t1");
    user_ = std::nullopt;
    EXPECT_EQ(request(call(token(claims()))).status, 503);
    EXPECT_TRUE(todo().sent.empty());
    user_ = proxy::UserFacts{.email = "ann@example.com"};
    (void)request(call(token(claims())));
    EXPECT_EQ(todo().last().field("X-Gateway-Email"), "ann@example.com");
}

TEST_F(DownstreamTokenTest, RefusesWhenNoWorkerIsFree) {
    workers_busy_ = true;
    EXPECT_EQ(request(call(token(claims()))).status, 503);
}

TEST_F(DownstreamTokenTest, UsesTheOldTokenWhileANewOneIsFetched) {
    give_grant("t1");
    broker_.token->refresh_at = clock_.now() + std::chrono::seconds{10};
    (void)request(call(token(claims())));
    clock_.advance(std::chrono::seconds{40});
    give_grant("t2", 2);
    (void)begin();
    // The facts about the user are old as well; they come first.
    settle();
    EXPECT_EQ(todo().last().field(kHeader), "t1");
    EXPECT_EQ(broker_.asked.size(), 2U);
    (void)begin();
    EXPECT_EQ(todo().last().field(kHeader), "t2");
}

TEST_F(DownstreamTokenTest, NeverUsesAnExpiredToken) {
    give_grant("t1");
    broker_.token->expires_at = clock_.now() + std::chrono::seconds{10};
    (void)request(call(token(claims())));
    clock_.advance(std::chrono::seconds{11});
    broker_.token = std::unexpected(grants::GrantFailure::kTransient);
    EXPECT_EQ(request(call(token(claims()))).status, 503);
}

TEST_F(DownstreamTokenTest, GoesOnWithWhatItKnowsWhileTheStoreIsAway) {
    give_grant("t1");
    broker_.token->expires_at = clock_.now() + std::chrono::minutes{10};
    (void)request(call(token(claims())));
    broker_.token = std::unexpected(grants::GrantFailure::kTransient);
    user_ = std::nullopt;
    for (int i = 0; i < 3; ++i) {
        clock_.advance(std::chrono::seconds{31});
        (void)request(call(token(claims())));
        EXPECT_EQ(todo().last().field(kHeader), "t1");
    }
    EXPECT_EQ(todo().sent.size(), 4U);
    broker_.token = std::unexpected(grants::GrantFailure::kMissing);
    clock_.advance(std::chrono::seconds{31});
    EXPECT_EQ(request(call(token(claims()))).status, 401) << "the store is back and knows better";
}

TEST_F(DownstreamTokenTest, NoticesThatAGrantWasTakenAway) {
    give_grant("t1");
    (void)request(call(token(claims())));
    clock_.advance(std::chrono::seconds{31});
    broker_.token = std::unexpected(grants::GrantFailure::kMissing);
    EXPECT_EQ(request(call(token(claims()))).status, 401);
    EXPECT_EQ(todo().sent.size(), 1U);
}

TEST_F(DownstreamTokenTest, AsksAgainAtOnceWhenAConnectionThatUsedItIsRevoked) {
    give_grant("t1");
    (void)request(call(token(claims())));
    auto other = claims();
    other["sid"] = "conn2";
    other["jti"] = "j2";
    revoke("conn1");
    // The grant went with the connection: nobody else may use what a loop still remembers.
    broker_.token = std::unexpected(grants::GrantFailure::kMissing);
    EXPECT_EQ(request(call(token(other))).status, 401);
    EXPECT_EQ(todo().sent.size(), 1U);
}

TEST_F(DownstreamTokenTest, AsksAgainForAConnectionThatIsNew) {
    give_grant("narrow");
    (void)request(call(token(claims())));
    EXPECT_EQ(todo().last().field(kHeader), "narrow");
    // The person allowed more scopes: there is a new connection, and another grant behind it.
    give_grant("wide", 2);
    auto stepped_up = claims();
    stepped_up["sid"] = "conn2";
    stepped_up["jti"] = "j2";
    (void)request(call(token(stepped_up)));
    EXPECT_EQ(todo().last().field(kHeader), "wide");
    (void)request(call(token(stepped_up)));
    (void)request(call(token(claims())));
    EXPECT_EQ(broker_.asked.size(), 2U) << "and once is enough";
}

TEST_F(DownstreamTokenTest, KeepsItsTokenWhenAStrangersConnectionIsRevoked) {
    give_grant("t1");
    (void)request(call(token(claims())));
    revoke("somebody else");
    (void)request(call(token(claims())));
    EXPECT_EQ(todo().sent.size(), 2U);
    EXPECT_EQ(broker_.asked.size(), 1U);
}

TEST_F(DownstreamTokenTest, DistrustsAnAnswerThatWasUnderWayWhenItWasRevoked) {
    give_grant("t1");
    broker_.token->refresh_at = clock_.now();
    (void)request(call(token(claims())));
    clock_.advance(std::chrono::seconds{2});
    (void)begin();  // renews in the background
    ASSERT_EQ(work_.size(), 1U);
    auto under_way = std::move(work_.front());
    work_.clear();
    under_way();
    revoke("conn1");
    auto other = claims();
    other["sid"] = "conn2";
    other["jti"] = "j2";
    const auto sent = todo().sent.size();
    exchanges_.push_back(std::make_unique<test::FakeExchange>(call(token(other))));
    application().on_request(*exchanges_.back());
    broker_.token = std::unexpected(grants::GrantFailure::kMissing);
    settle();
    EXPECT_EQ(exchanges_.back()->status, 401);
    EXPECT_EQ(todo().sent.size(), sent);
}

TEST_F(DownstreamTokenTest, ForgetsTheTokenOfAnEndedGrantAtOnce) {  // G23
    give_grant("t1", 4);
    (void)request(call(token(claims())));
    ASSERT_EQ(todo().sent.size(), 1U);
    grants::EndedGrants ended;
    ended.versions[{"u2", "todo"}] = 9;
    ended_grants_.set(std::make_shared<const grants::EndedGrants>(ended));
    (void)request(call(token(claims())));
    EXPECT_EQ(broker_.asked.size(), 1U) << "somebody else's";
    broker_.token = std::unexpected(grants::GrantFailure::kMissing);
    ended.versions[{"u1", "todo"}] = 4;
    ended_grants_.set(std::make_shared<const grants::EndedGrants>(ended));
    EXPECT_EQ(request(call(token(claims()))).status, 401);
    give_grant("t2", 5);
    (void)request(call(token(claims())));
    EXPECT_EQ(todo().last().field(kHeader), "t2");
    EXPECT_EQ(broker_.asked.size(), 3U);
}

TEST_F(DownstreamTokenTest, RenewsOnceWhenTheRuntimeRefuses) {  // G18, H66
    give_grant("t1", 4);
    auto& answer = request(call(token(claims())));
    give_grant("t2", 5);
    broker_.renewed = broker_.token;
    todo().last().answer(401, {}, "no", false);
    todo().sent.front()->more("more", true);
    settle();
    EXPECT_EQ(broker_.rejected, (std::vector<std::uint64_t>{4}));
    ASSERT_EQ(todo().sent.size(), 2U);
    EXPECT_TRUE(todo().sent.front()->cancelled);
    EXPECT_EQ(todo().last().field(kHeader), "t2");
    EXPECT_EQ(todo().last().body, kToolCall);
    todo().last().answer(200, kJson, kResult);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body_out, kResult);
    EXPECT_EQ(journal_.intents.size(), 1U);
    EXPECT_EQ(journal_.outcomes.size(), 1U);
}

TEST_F(DownstreamTokenTest, AnswersForARuntimeThatRefusesTheNewTokenToo) {  // H89
    give_grant("t1", 4);
    auto& answer = request(call(token(claims())));
    give_grant("t2", 5);
    broker_.renewed = broker_.token;
    todo().last().answer(401, {}, "");
    settle();
    todo().last().answer(401, {}, "");
    settle();
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(todo().sent.size(), 2U);
    EXPECT_EQ(broker_.rejected.size(), 1U);
}

TEST_F(DownstreamTokenTest, GivesUpWhenRenewingBringsTheSameToken) {
    give_grant("t1", 4);
    broker_.renewed = broker_.token;
    auto& answer = request(call(token(claims())));
    todo().last().answer(401, {}, "");
    settle();
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(todo().sent.size(), 1U);
}

TEST_F(DownstreamTokenTest, AsksToReconnectWhenRenewingEndsTheGrant) {
    give_grant("t1", 4);
    auto& answer = request(call(token(claims())));
    todo().last().answer(401, {}, "");
    settle();
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(journal_.outcomes.back().second.http_status, 401);
}

TEST_F(DownstreamTokenTest, ForgetsACallWhoseClientLeftWhileItWaited) {
    give_grant("t1");
    auto& answer = begin();
    answer.leave();
    settle();
    EXPECT_TRUE(todo().sent.empty());
    EXPECT_EQ(answer.status, 0);
    ASSERT_EQ(journal_.intents.size(), 1U);
    EXPECT_EQ(journal_.intents.back().reason, "cancelled");
    EXPECT_EQ(application().open_calls(), 0U);
}

TEST_F(DownstreamTokenTest, SurvivesTheEndOfTheProxyWhileAWorkerIsBusy) {
    give_grant("t1");
    (void)begin();
    application_.reset();
    settle();
    EXPECT_TRUE(todo().sent.empty());
}

TEST_F(DownstreamTokenTest, StopsWaitingEventually) {
    give_grant("t1");
    auto& answer = begin();
    work_.clear();
    clock_.advance(std::chrono::seconds{61});
    application().tick();
    EXPECT_EQ(answer.status, 503);
}

}  // namespace
}  // namespace gatehouse::proxy
