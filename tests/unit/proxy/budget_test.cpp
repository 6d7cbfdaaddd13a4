// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

using catalog::Budget;
using catalog::BudgetKey;
using catalog::BudgetUnit;
using catalog::BudgetWindow;
using test::FakeExchange;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class BudgetTest : public test::ProxyFixture {
  protected:
    static Budget calls(std::uint64_t limit) {
        return {.name = "per-minute",
                .server = {},
                .per = {BudgetKey::kUser},
                .when = {},
                .unit = BudgetUnit::kCalls,
                .limit = limit,
                .window = BudgetWindow::kMinute};
    }

    void set(Budget budget) {
        auto catalog = make_catalog();
        catalog.budgets = {std::move(budget)};
        publish(std::move(catalog));
    }

    /// A call that the runtime answers.
    FakeExchange& answered() {
        FakeExchange& exchange = request(open_call());
        if (exchange.status == 0) {
            pool().last().answer(200, kJson, kResult);
        }
        return exchange;
    }

    std::int64_t used() { return ledger_.list()->empty() ? 0 : ledger_.list()->front().used; }

    static json::Object decision_of(const FakeExchange& exchange) {
        const auto body = json::parse_object(exchange.body_out);
        const auto& result = body->at("result").as_object();
        return result.at("_meta").as_object().at("gatehouse/decision").as_object();
    }

    static constexpr std::string_view kRead =
        R"({"jsonrpc":"2.0","id":8,"method":"resources/read","params":{"uri":"file://a"}})";
};

TEST_F(BudgetTest, RecordsWhatACallCost) {
    auto catalog = make_catalog();
    catalog.servers[1].tool_costs = {{"add", 25}};
    publish(std::move(catalog));
    (void)answered();
    EXPECT_EQ(journal_.outcomes.back().second.units, 25);
    (void)request(open_call());
    pool().last().fail(http::UpstreamError::kConnect);
    EXPECT_EQ(journal_.outcomes.back().second.units, 0) << "it never reached the runtime";
    (void)request(open_call(R"({"jsonrpc":"2.0","id":1,"method":"ping"})"));
    pool().last().answer(200, kJson, "{}");
    EXPECT_EQ(journal_.outcomes.back().second.units, std::nullopt);
}

TEST_F(BudgetTest, LetsTheLimitRunAndRefusesTheRestInBand) {
    set(calls(3));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(answered().body_out, kResult);
    }
    const FakeExchange& refused = answered();
    EXPECT_EQ(refused.status, 200);
    const auto body = json::parse_object(refused.body_out);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->at("id").as_int64(), 7);
    EXPECT_TRUE(body->at("result").as_object().at("isError").as_bool());
    EXPECT_THAT(refused.body_out, HasSubstr("0 of 3 are left"));
    const auto decision = decision_of(refused);
    EXPECT_EQ(json::get_string(decision, "reason"), "budget");
    EXPECT_EQ(json::get_string(decision, "rule"), "per-minute");
    const auto left =
        std::chrono::minutes(1) - (clock_.now().time_since_epoch() % std::chrono::minutes(1));
    EXPECT_EQ(json::get_int(decision, "retry_after_s"),
              std::chrono::ceil<std::chrono::seconds>(left).count());
    EXPECT_EQ(pool().sent.size(), 3U) << "the runtime saw nothing of it";
    EXPECT_EQ(journal_.intents.back().effect, "deny");
    EXPECT_EQ(journal_.intents.back().rule, "per-minute");
    EXPECT_EQ(journal_.intents.back().reason, "budget");
    EXPECT_EQ(journal_.outcomes.back().second.is_error, true);
}

TEST_F(BudgetTest, RefusesOtherMethodsWithAnErrorOfTheirOwn) {
    Budget reads = calls(1);
    reads.when.methods = {"resources/read"};
    set(reads);
    (void)request(open_call(std::string(kRead)));
    pool().last().answer(200, kJson, R"({"jsonrpc":"2.0","id":8,"result":{}})");
    const FakeExchange& refused = request(open_call(std::string(kRead)));
    EXPECT_EQ(refused.status, 200);
    const auto body = json::parse_object(refused.body_out);
    const auto& error = body->at("error").as_object();
    EXPECT_EQ(error.at("code").as_int64(), -31003);
    EXPECT_EQ(error.at("data").as_object().at("reason").as_string(), "budget");
    EXPECT_EQ(journal_.outcomes.back().second.rpc_code, -31003);
    EXPECT_EQ(answered().body_out, kResult) << "tool calls are not counted here";
}

TEST_F(BudgetTest, AnswersAsEventWhereTheClientTakesNothingElse) {
    set(calls(1));
    (void)answered();
    auto given = open_call();
    given.headers[2].second = "text/event-stream";
    const FakeExchange& refused = request(given);
    EXPECT_EQ(refused.header("Content-Type"), "text/event-stream");
    EXPECT_TRUE(refused.body_out.starts_with("event: message\ndata: {"));
    EXPECT_TRUE(refused.body_out.ends_with("\n\n"));
}

TEST_F(BudgetTest, CountsEveryToolCallOfABatchAndRefusesItWhole) {
    set(calls(3));
    const std::string batch =
        R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}},)"
        R"({"jsonrpc":"2.0","id":2,"method":"ping"},)"
        R"({"jsonrpc":"2.0","method":"notifications/x"},)"
        R"({"jsonrpc":"2.0","id":"three","method":"tools/call","params":{"name":"b"}}])";
    FakeExchange& first = request(open_call(batch));
    ASSERT_EQ(pool().sent.size(), 1U) << first.body_out;
    pool().last().answer(200, kJson, "[]");
    EXPECT_EQ(used(), 2);
    const FakeExchange& refused = request(open_call(batch));
    EXPECT_EQ(refused.status, 200);
    const auto answers = json::parse(refused.body_out);
    ASSERT_TRUE(answers) << refused.body_out;
    ASSERT_EQ(answers->as_array().size(), 3U);
    EXPECT_TRUE(answers->as_array()[0].as_object().contains("result"));
    EXPECT_EQ(answers->as_array()[1].as_object().at("error").as_object().at("code").as_int64(),
              -31003);
    EXPECT_EQ(answers->as_array()[2].as_object().at("id").as_string(), "three");
    EXPECT_EQ(answered().body_out, kResult) << "the third is still there";
}

TEST_F(BudgetTest, TakesBackWhatNeverReachedTheRuntime) {
    set(calls(1));
    for (int i = 0; i < 3; ++i) {
        const FakeExchange& exchange = request(open_call());
        pool().last().fail(http::UpstreamError::kConnect);
        EXPECT_EQ(exchange.status, 502);
    }
    EXPECT_EQ(answered().body_out, kResult);
    EXPECT_THAT(answered().body_out, HasSubstr("per-minute"));
}

TEST_F(BudgetTest, CountsWhatTheRuntimeMayHaveSeen) {
    set(calls(1));
    (void)request(open_call());
    pool().last().fail(http::UpstreamError::kTimeout);
    EXPECT_THAT(answered().body_out, HasSubstr("per-minute"));
}

TEST_F(BudgetTest, TakesBackACallThatCannotBeRecorded) {
    set(calls(1));
    journal_.broken_intents = true;
    EXPECT_EQ(request(open_call()).status, 503);
    journal_.broken_intents = false;
    EXPECT_EQ(answered().body_out, kResult);
}

TEST_F(BudgetTest, TakesBackACallWhoseClientLeftBeforeItWasSent) {
    set(calls(1));
    auto given = call(token(claims()));
    exchanges_.push_back(std::make_unique<FakeExchange>(given));
    application().on_request(*exchanges_.back());
    exchanges_.back()->leave();
    settle();
    give_grant("downstream");
    (void)request(given);
    EXPECT_EQ(pool("todo").sent.size(), 1U) << "the only call was still there";
}

TEST_F(BudgetTest, FreesASlotWhenTheAnswerEnds) {
    Budget slots = calls(1);
    slots.unit = BudgetUnit::kConcurrent;
    slots.window = BudgetWindow::kNone;
    set(slots);
    (void)request(open_call());
    auto& running = pool().last();
    const FakeExchange& refused = request(open_call());
    EXPECT_THAT(refused.body_out, HasSubstr("Try again when a running call has ended"));
    EXPECT_FALSE(decision_of(refused).contains("retry_after_s"));
    running.answer(200, kJson, kResult);
    EXPECT_EQ(answered().body_out, kResult);
}

TEST_F(BudgetTest, FreesASlotWhenTheClientLeaves) {
    Budget slots = calls(1);
    slots.unit = BudgetUnit::kConcurrent;
    slots.window = BudgetWindow::kNone;
    set(slots);
    request(open_call()).leave();
    settle();
    EXPECT_EQ(answered().body_out, kResult);
}

TEST_F(BudgetTest, CountsBytesInBothDirections) {
    Budget bytes = calls(kToolCall.size() + kResult.size() + 1);
    bytes.unit = BudgetUnit::kBytes;
    set(bytes);
    EXPECT_EQ(answered().body_out, kResult);
    EXPECT_EQ(answered().body_out, kResult) << "one byte was left, so it may start";
    EXPECT_THAT(answered().body_out, HasSubstr("per-minute"));
}

TEST_F(BudgetTest, KnowsThePersonsGroups) {
    Budget interns = calls(1);
    interns.when.groups = {"ops"};
    set(interns);
    EXPECT_EQ(answered().body_out, kResult);
    EXPECT_THAT(answered().body_out, HasSubstr("per-minute")) << "also without identity headers";
    user_->groups = {"others"};
    clock_.advance(std::chrono::seconds(31));
    EXPECT_EQ(answered().body_out, kResult);
}

TEST_F(BudgetTest, RefusesWhileNobodyKnowsWhatIsLeft) {
    set(calls(3));
    budget_store_.broken = true;
    const FakeExchange& refused = answered();
    EXPECT_EQ(refused.status, 200);
    EXPECT_THAT(refused.body_out, HasSubstr("cannot be found out now"));
    EXPECT_EQ(json::get_int(decision_of(refused), "retry_after_s"), 5);
    EXPECT_THAT(pool().sent, IsEmpty());
    budget_store_.broken = false;
    EXPECT_EQ(answered().body_out, kResult);
}

TEST_F(BudgetTest, RefusesWhenNoWorkerTakesTheQuestion) {
    set(calls(3));
    workers_busy_ = true;
    EXPECT_THAT(answered().body_out, HasSubstr("cannot be found out now"));
}

TEST_F(BudgetTest, RefusesAToolCallWithoutAnIdSilently) {
    set(calls(1));
    const std::string notification =
        R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"add"}})";
    (void)request(open_call(notification));
    pool().last().answer(202, {}, "");
    const FakeExchange& refused = request(open_call(notification));
    EXPECT_EQ(refused.status, 202);
    EXPECT_EQ(pool().sent.size(), 1U) << "a runtime may well run what wants no answer";
}

TEST_F(BudgetTest, AsksTheStoreOnceForManyThatWait) {
    set(calls(60));
    std::vector<FakeExchange*> waiting;
    for (int i = 0; i < 100; ++i) {
        exchanges_.push_back(std::make_unique<FakeExchange>(open_call()));
        waiting.push_back(exchanges_.back().get());
        application().on_request(*waiting.back());
    }
    EXPECT_EQ(work_.size(), 1U);
    settle();
    EXPECT_EQ(pool().sent.size(), 60U);
}

class PauseTest : public test::ProxyFixture {
  protected:
    void stop(std::string kind, std::string name) {
        pauses_.set(std::make_shared<const budget::PauseSet>(std::vector<budget::Pause>{
            {.kind = std::move(kind), .name = std::move(name), .label = {}, .paused_at = {}}}));
    }

    void resume() { pauses_.set(std::make_shared<const budget::PauseSet>()); }

    FakeExchange& list() {
        return request(open_call(R"({"jsonrpc":"2.0","id":9,"method":"tools/list"})"));
    }
};

TEST_F(PauseTest, RefusesAToolVisibly) {
    stop("tool", "open/add");
    const FakeExchange& refused = request(open_call());
    EXPECT_EQ(refused.status, 200);
    EXPECT_THAT(refused.body_out, HasSubstr(R"("isError":true)"));
    EXPECT_THAT(refused.body_out, HasSubstr(R"("gatehouse/decision":{"reason":"blocked"})"));
    EXPECT_EQ(journal_.intents.back().reason, "blocked");
    EXPECT_EQ(journal_.intents.back().effect, "deny");
    (void)list();
    EXPECT_EQ(pool().sent.size(), 1U) << "everything else goes on";
    resume();
    (void)request(open_call());
    EXPECT_EQ(pool().sent.size(), 2U);
}

TEST_F(PauseTest, DoesNotMistakeAnotherServersTool) {
    stop("tool", "todo/add");
    (void)request(open_call());
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PauseTest, RefusesEverythingOfAServerUserOrClient) {
    for (const auto& [kind, name] :
         {std::pair("server", "open"), std::pair("user", "u1"), std::pair("client", "c1")}) {
        stop(std::string(kind), std::string(name));
        EXPECT_THAT(request(open_call()).body_out, HasSubstr(R"("isError":true)")) << kind;
        const FakeExchange& refused = list();
        EXPECT_EQ(refused.status, 200);
        EXPECT_THAT(refused.body_out, HasSubstr(R"("code":-31002)"));
        EXPECT_THAT(refused.body_out, HasSubstr(R"("data":{"reason":"blocked"})"));
    }
    EXPECT_THAT(pool().sent, IsEmpty());
    stop("user", "u2");
    (void)list();
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PauseTest, OffersNoStreamAndEndsOpenOnes) {
    auto given = open_call("");
    given.method = "GET";
    const FakeExchange& open = request(given);
    pool().last().answer(200, kEvents, "", false);
    ASSERT_EQ(open.end, FakeExchange::End::kOpen);
    stop("server", "open");
    application().tick();
    EXPECT_EQ(open.end, FakeExchange::End::kFinished);
    EXPECT_EQ(request(given).status, 405);
}

TEST_F(PauseTest, LetsACallEndThatRunsAlready) {
    FakeExchange& running = request(open_call());
    pool().last().answer(200, kEvents, "", false);
    stop("server", "open");
    application().tick();
    EXPECT_EQ(running.end, FakeExchange::End::kOpen);
}

}  // namespace
}  // namespace gatehouse::proxy
