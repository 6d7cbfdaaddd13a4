// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

class JudgeTest : public test::ProxyFixture {
  protected:
    void expect_refused(test::FakeExchange::Given given, int status, std::string_view code) {
        const auto before = journal_.intents.size();
        const auto& answer = request(std::move(given));
        EXPECT_EQ(answer.status, status);
        EXPECT_TRUE(answer.body_out.contains(code)) << answer.body_out;
        EXPECT_TRUE(pool().sent.empty());
        ASSERT_EQ(journal_.intents.size(), before + 1);
        EXPECT_EQ(journal_.intents.back().effect, "deny");
        EXPECT_NE(journal_.intents.back().reason, "");
        EXPECT_EQ(journal_.outcomes.back().second.http_status, status);
        EXPECT_EQ(application().open_calls(), 0U);
    }

    void make_everything_hidden() {
        auto changed = make_catalog();
        changed.servers.back().default_policy = catalog::DefaultPolicy::kDeny;
        publish(changed);
    }
};

TEST_F(JudgeTest, RefusesOtherMethodsAfterAuthentication) {  // H93
    auto given = open_call("");
    given.method = "PUT";
    expect_refused(given, 405, "-32600");
    EXPECT_EQ(exchanges_.back()->header("Allow"), "GET, POST, DELETE, OPTIONS");
    EXPECT_EQ(journal_.intents.back().method, "PUT");
}

TEST_F(JudgeTest, RefusesStreamsOfModernClients) {  // H28
    auto given = open_call("");
    given.method = "GET";
    given.headers.emplace_back("MCP-Protocol-Version", "2026-07-28");
    expect_refused(given, 405, "-32600");
    EXPECT_EQ(exchanges_.back()->header("Allow"), "POST, OPTIONS");
}

TEST_F(JudgeTest, RefusesOtherContentTypes) {  // H07, A15
    for (const std::string type : {"", "text/plain", "application/x-www-form-urlencoded",
                                   "application/json; charset=latin1", "application/jsonp"}) {
        auto given = open_call();
        given.headers[1].second = type;
        expect_refused(given, 415, "-32600");
    }
    auto given = open_call();
    given.headers[1].second = "Application/JSON; charset=\"UTF-8\"";
    (void)request(given);
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(JudgeTest, RefusesBodiesThatSomebodyElseWouldUnpack) {
    auto given = open_call();
    given.headers.emplace_back("Content-Encoding", "gzip");
    expect_refused(given, 415, "-32600");
    auto plain = open_call();
    plain.headers.emplace_back("Content-Encoding", "Identity");
    (void)request(plain);
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(JudgeTest, RefusesAnUnusableAccept) {  // H07, H45
    for (const std::string accept : {"text/html", "application/json;q=0"}) {
        auto given = open_call();
        given.headers[2].second = accept;
        expect_refused(given, 406, "-32600");
    }
    auto stream = open_call("");
    stream.method = "GET";
    stream.headers[2].second = "application/json";
    expect_refused(stream, 406, "-32600");
}

TEST_F(JudgeTest, RefusesRepeatedSingleFields) {  // H06
    test::FakeExchange exchange(open_call());
    exchange.mutable_head().duplicate_single_header = true;
    application().on_request(exchange);
    EXPECT_EQ(exchange.status, 400);
    EXPECT_TRUE(pool().sent.empty());
}

TEST_F(JudgeTest, RefusesWhatIsNotJsonRpc) {  // H09, H10, H94
    expect_refused(open_call("{"), 400, "-32700");
    expect_refused(open_call(""), 400, "-32700");
    expect_refused(open_call("{}"), 400, "-32600");
    expect_refused(
        open_call(
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}})"),
        400, "-32700");
}

TEST_F(JudgeTest, RefusesASmuggledName) {  // H26
    auto given = open_call();
    given.headers.emplace_back("Mcp-Name", "harmless");
    expect_refused(given, 400, "-32020");
    EXPECT_TRUE(exchanges_.back()->body_out.contains(R"("id":7)"));
}

TEST_F(JudgeTest, RefusesUnknownRevisions) {  // H22, H40
    auto given = open_call();
    given.headers.emplace_back("MCP-Protocol-Version", "v999.0.0");
    expect_refused(given, 400, "-32022");
}

TEST_F(JudgeTest, RefusesBatchesOfOtherRevisions) {  // H41
    auto given = open_call("[" + std::string(kToolCall) + "]");
    given.headers.emplace_back("MCP-Protocol-Version", "2025-06-18");
    const auto& answer = request(given);
    EXPECT_EQ(answer.status, 400);
    EXPECT_TRUE(pool().sent.empty());
}

TEST_F(JudgeTest, RecordsEachMessageOfABatch) {
    auto& answer = request(open_call("[" + std::string(kToolCall) +
                                     R"(,{"jsonrpc":"2.0","method":"notifications/x"}])"));
    ASSERT_EQ(journal_.intents.size(), 2U);
    EXPECT_EQ(journal_.intents[0].item, "add");
    EXPECT_EQ(journal_.intents[1].method, "notifications/x");
    pool().last().answer(200, kJson, "[" + std::string(kResult) + "]");
    EXPECT_EQ(journal_.outcomes.size(), 2U);
    EXPECT_EQ(answer.status, 200);
}

TEST_F(JudgeTest, HidesItAlsoFromThoseWhoAskForNoAnswer) {
    make_everything_hidden();
    const auto& answer = request(open_call(
        R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"add","arguments":{}}})"));
    EXPECT_EQ(answer.status, 202);
    EXPECT_TRUE(pool().sent.empty());
    EXPECT_EQ(journal_.intents.back().effect, "deny");
}

TEST_F(JudgeTest, HidesEverythingByDefaultPolicy) {  // contract 7, H72
    make_everything_hidden();
    const auto& call = request(open_call());
    EXPECT_EQ(call.status, 200);
    EXPECT_EQ(call.body_out,
              R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"Unknown tool: add"}})");
    EXPECT_EQ(journal_.intents.back().effect, "deny");
    EXPECT_EQ(journal_.intents.back().rule, "default_policy");
    EXPECT_EQ(journal_.outcomes.back().second.rpc_code, -32602);
    const auto ask = [this](std::string_view method, std::string_view params) {
        return request(open_call(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                                 R"(","params":)" + std::string(params) + "}"))
            .body_out;
    };
    EXPECT_TRUE(ask("prompts/get", R"({"name":"p"})").contains("Unknown prompt: p"));
    EXPECT_TRUE(ask("resources/read", R"({"uri":"a:b"})").contains("-32002"));
    EXPECT_TRUE(ask("resources/subscribe", R"({"uri":"a:b"})").contains("-32002"));
    EXPECT_TRUE(ask("tools/call ", R"({"name":"add"})").contains("-32601"));
    EXPECT_EQ(ask("tools/list", "{}"), R"({"jsonrpc":"2.0","id":1,"result":{"tools":[]}})");
    EXPECT_EQ(ask("resources/templates/list", "{}"),
              R"({"jsonrpc":"2.0","id":1,"result":{"resourceTemplates":[]}})");
    EXPECT_EQ(
        request(open_call("[" + std::string(kToolCall) + "]")).body_out,
        R"([{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"Unknown tool: add"}}])");
    EXPECT_TRUE(pool().sent.empty());
    (void)request(open_call(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})"));
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(JudgeTest, RecordsTheCall) {  // contract 10
    auto given = open_call(
        R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"password":"hunter2","note":"eyJhbGciOi"}}})");
    given.headers.emplace_back("MCP-Protocol-Version", "2025-06-18");
    (void)request(given);
    const auto& intent = journal_.intents.back();
    EXPECT_EQ(intent.server, "open");
    EXPECT_EQ(intent.user, "u1");
    EXPECT_EQ(intent.client, "c1");
    EXPECT_EQ(intent.connection, "conn1");
    EXPECT_EQ(intent.revision, "2025-06-18");
    EXPECT_EQ(intent.method, "tools/call");
    EXPECT_EQ(intent.item, "add");
    EXPECT_EQ(intent.effect, "allow");
    EXPECT_EQ(intent.arguments, R"({"a":1,"password":"[redacted]","note":"[redacted]"})");
    EXPECT_EQ(intent.bytes_in, given.body.size());
    EXPECT_EQ(intent.request_id, pool().last().field("X-Request-Id"));
    pool().last().answer(200, kJson,
                         R"({"jsonrpc":"2.0","id":7,"result":{"content":[],"isError":true}})");
    const auto& outcome = journal_.outcomes.back().second;
    EXPECT_EQ(outcome.http_status, 200);
    EXPECT_EQ(outcome.is_error, true);
    EXPECT_FALSE(outcome.rpc_code.has_value());
    EXPECT_TRUE(outcome.last);
    EXPECT_GT(outcome.bytes_out, 0U);
}

TEST_F(JudgeTest, RunsNothingThatTheJournalRefuses) {  // contract 10
    journal_.broken_intents = true;
    const auto& answer = request(open_call());
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.body_out.contains("-32603"));
    EXPECT_TRUE(pool().sent.empty());
    EXPECT_NE(answer.header("Retry-After"), "");
    const auto& refused = request(open_call("{"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.header("Retry-After"), "");
}

TEST_F(JudgeTest, AnswersNothingThatTheJournalRefuses) {
    auto& answer = request(open_call());
    journal_.broken_outcomes = true;
    pool().last().answer(200, kJson, kResult);
    EXPECT_EQ(answer.status, 503);
    EXPECT_FALSE(answer.body_out.contains("content"));
}

TEST_F(JudgeTest, WritesTheRecordBeforeTheAnswer) {
    auto& answer = request(open_call());
    EXPECT_EQ(journal_.intents.size(), 1U);
    journal_.on_entry = [&] { EXPECT_EQ(answer.writes, 0); };
    pool().last().answer(200, kJson, kResult);
    EXPECT_EQ(answer.writes, 1);
    EXPECT_EQ(journal_.outcomes.size(), 1U);
}

}  // namespace
}  // namespace gatehouse::proxy
