// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/json.h"
#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

/// Server `todo`, whose account is not connected (the fake broker has no grant) unless a test gives
/// one.
class ReconnectTest : public test::ProxyFixture {
  protected:
    static constexpr std::string_view kLink = "https://mcp.example.com/connect/todo?e=link-of-u1";
    static constexpr std::string_view kDeclared = R"({"elicitation":{"url":{}}})";

    /// A session of the server, as a client that declares `capabilities` gets it.
    std::string open_session_id(std::string_view revision,
                                std::string_view capabilities = kDeclared) {
        give_grant("t1");
        std::string hello =
            R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")";
        hello += revision;
        hello += R"(","capabilities":)";
        hello += capabilities;
        hello += "}}";
        auto& answer = request(call(token(claims()), hello));
        std::string welcome = R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":")";
        welcome += revision;
        welcome += R"(","capabilities":{}}})";
        pool("todo").last().answer(
            200, {{"Content-Type", "application/json"}, {"mcp-session-id", "rt-1"}}, welcome);
        lose_grant();
        return answer.header("Mcp-Session-Id");
    }

    /// The loop forgets, too.
    void lose_grant() {
        broker_.token = std::unexpected(grants::GrantFailure::kMissing);
        application_.reset();
    }

    test::FakeExchange::Given in_session(const std::string& id,
                                         std::string body = std::string(kToolCall)) {
        auto given = call(token(claims()), std::move(body));
        given.headers.emplace_back("Mcp-Session-Id", id);
        return given;
    }

    static std::string modern_body(std::string_view more = "",
                                   std::string_view capabilities = kDeclared,
                                   std::string_view arguments = R"({"a":1})") {
        std::string body =
            R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add")";
        body += R"(,"arguments":)" + std::string(arguments);
        body += R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28")";
        body += R"(,"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"})";
        body += R"(,"io.modelcontextprotocol/clientCapabilities":)" + std::string(capabilities);
        return body + "}" + std::string(more) + "}}";
    }

    test::FakeExchange::Given modern(std::string body, std::string_view user = "u1") {
        auto facts = claims();
        facts["sub"] = user;
        facts["jti"] = "j-" + std::string(user);
        auto given = call(token(facts), std::move(body));
        given.headers.emplace_back("MCP-Protocol-Version", "2026-07-28");
        given.headers.emplace_back("Mcp-Method", "tools/call");
        given.headers.emplace_back("Mcp-Name", "add");
        return given;
    }

    static json::Object read(const test::FakeExchange& answer) {
        auto object = json::parse_object(answer.body_out);
        EXPECT_TRUE(object) << answer.body_out;
        return object.value_or(json::Object{});
    }

    struct Question {
        std::string key, state;
    };

    /// What the gateway asked for, checked against the form that clients want.
    static Question question_in(const test::FakeExchange& answer) {
        EXPECT_EQ(answer.status, 200);
        const auto object = read(answer);
        if (!object.contains("result")) {
            ADD_FAILURE() << answer.body_out;
            return {};
        }
        const auto& result = object.at("result").as_object();
        EXPECT_EQ(result.at("resultType"), "input_required");
        EXPECT_EQ(result.size(), 3U) << answer.body_out;
        const auto& asked = result.at("inputRequests").as_object();
        EXPECT_EQ(asked.size(), 1U);
        const auto& entry = asked.begin()->value().as_object();
        EXPECT_EQ(entry.at("method"), "elicitation/create");
        const auto& parameters = entry.at("params").as_object();
        EXPECT_EQ(parameters.at("mode"), "url");
        EXPECT_EQ(parameters.at("url").as_string(), kLink);
        EXPECT_TRUE(parameters.at("message").as_string().starts_with("Your account behind Todo"));
        EXPECT_EQ(parameters.size(), 3U);
        return {.key = std::string(asked.begin()->key()),
                .state = std::string(result.at("requestState").as_string())};
    }

    static std::string answered(const Question& question,
                                std::string_view action = "accept",
                                std::string_view others = "") {
        return R"(,"inputResponses":{)" + std::string(others) + "\"" + question.key +
               R"(":{"action":")" + std::string(action) + R"("}},"requestState":")" +
               question.state + "\"";
    }

    void expect_not_genuine(test::FakeExchange::Given given) {
        const auto sent = pool("todo").sent.size();
        const auto& answer = request(std::move(given));
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.body_out.contains("-32602")) << answer.body_out;
        EXPECT_EQ(pool("todo").sent.size(), sent);
    }
};

TEST_F(ReconnectTest, SessionsThatDeclaredItGetTheUrlAsAnError) {  // G30 a, G31
    const auto& answer = request(in_session(open_session_id("2025-11-25")));
    EXPECT_EQ(answer.status, 200);
    const auto object = read(answer);
    EXPECT_EQ(object.at("id"), 7);
    const auto& error = object.at("error").as_object();
    EXPECT_EQ(error.at("code"), -32042);
    const auto& asked = error.at("data").as_object().at("elicitations").as_array();
    ASSERT_EQ(asked.size(), 1U);
    const auto& one = asked.front().as_object();
    EXPECT_EQ(one.size(), 4U);
    EXPECT_EQ(one.at("mode"), "url");
    EXPECT_EQ(one.at("url").as_string(), kLink);
    EXPECT_EQ(one.at("elicitationId").as_string().size(), 36U);
    EXPECT_EQ(one.at("elicitationId").as_string()[14], '4');
    EXPECT_TRUE(one.at("message").is_string());
    EXPECT_EQ(journal_.intents.back().reason, "reconnect");
    EXPECT_EQ(journal_.outcomes.back().second.rpc_code, -32042);
}

TEST_F(ReconnectTest, OtherRevisionsNeverSeeThatError) {  // G31
    const auto& older = request(in_session(open_session_id("2025-06-18")));
    EXPECT_EQ(older.status, 401);
    const auto& undeclared = request(in_session(open_session_id("2025-11-25", "{}")));
    EXPECT_EQ(undeclared.status, 401);
    EXPECT_FALSE(undeclared.body_out.contains("-32042"));
    const auto& form_only =
        request(in_session(open_session_id("2025-11-25", R"({"elicitation":{"form":{}}})")));
    EXPECT_EQ(form_only.status, 401);
    const auto& newest = request(modern(modern_body()));
    EXPECT_FALSE(newest.body_out.contains("-32042"));
}

TEST_F(ReconnectTest, NotificationsOfSuchASessionDoNotSendItThroughASignIn) {  // G30 a
    const auto& answer = request(in_session(
        open_session_id("2025-11-25"),
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})"));
    EXPECT_EQ(answer.status, 202);
}

TEST_F(ReconnectTest, ModernRequestsThatDeclaredItAreAskedForInput) {  // G30 b, G32
    const auto question = question_in(request(modern(modern_body())));
    EXPECT_TRUE(question.key.starts_with("gatehouse-connect-"));
    EXPECT_GT(question.key.size(), 36U);
    EXPECT_EQ(journal_.intents.back().reason, "reconnect");
    EXPECT_EQ(request(modern(modern_body("", "{}"))).status, 401);
}

TEST_F(ReconnectTest, ARetryRunsOnceTheAccountIsConnected) {  // G34, G35
    const auto question = question_in(request(modern(modern_body())));
    give_grant("t2");
    auto& answer = request(modern(modern_body(answered(question))));
    ASSERT_EQ(pool("todo").sent.size(), 1U);
    EXPECT_EQ(pool("todo").last().body, modern_body());
    EXPECT_EQ(pool("todo").last().field("X-Gateway-Access-Token"), "t2");
    EXPECT_EQ(pool("todo").last().field("Content-Length"), std::to_string(modern_body().size()));
    pool("todo").last().answer(200, kJson, kResult);
    EXPECT_EQ(answer.body_out, kResult);
}

TEST_F(ReconnectTest, ARetryBeforeThatIsAskedAgain) {  // G35
    const auto first = question_in(request(modern(modern_body())));
    const auto second = question_in(request(modern(modern_body(answered(first)))));
    EXPECT_NE(second.state, first.state);
    EXPECT_TRUE(pool("todo").sent.empty());
}

TEST_F(ReconnectTest, APersonWhoSaysNoIsNotAskedAgain) {  // G35
    for (const std::string_view action : {"decline", "cancel", "shrug"}) {
        const auto question = question_in(request(modern(modern_body())));
        const auto& answer = request(modern(modern_body(answered(question, action))));
        EXPECT_EQ(answer.status, 200);
        const auto object = read(answer);
        const auto& result = object.at("result").as_object();
        EXPECT_EQ(result.at("isError"), true);
        EXPECT_EQ(result.at("resultType"), "complete");
        EXPECT_TRUE(answer.body_out.contains("was not given")) << answer.body_out;
        EXPECT_TRUE(answer.body_out.contains(R"({"reason":"reconnect"})"));
    }
}

TEST_F(ReconnectTest, TheRuntimesOwnRoundGoesOnWhereItWas) {  // G34
    const std::string own = R"(,"inputResponses":{"rt":{"action":"accept","content":{"n":1.50}}},)"
                            R"("requestState":"rt \"state\" ")";
    const auto question = question_in(request(modern(modern_body(own))));
    give_grant("t2");
    (void)request(modern(modern_body(answered(question))));
    ASSERT_EQ(pool("todo").sent.size(), 1U);
    EXPECT_EQ(pool("todo").last().body, modern_body(own));
    // Or with what is asked at once.
    (void)request(modern(modern_body(answered(question, "accept", R"("x":{"action":"accept"},)"))));
    EXPECT_EQ(pool("todo").last().body,
              modern_body(
                  R"(,"inputResponses":{"x":{"action":"accept"}},"requestState":"rt \"state\" ")"));
}

TEST_F(ReconnectTest, ARetryOfTheRuntimesOwnIsLeftAlone) {  // G34
    give_grant("t1");
    const std::string own = R"(,"inputResponses":{"rt":{}},"requestState":"gate")";
    (void)request(modern(modern_body(own)));
    EXPECT_EQ(pool("todo").last().body, modern_body(own));
}

TEST_F(ReconnectTest, StateThatIsNotGenuineRunsNothing) {  // G33
    const auto question = question_in(request(modern(modern_body())));
    give_grant("t2");
    for (const std::size_t at : {0UL, 12UL, 30UL, question.state.size() - 2}) {
        auto flipped = question;
        flipped.state[at] = flipped.state[at] == 'A' ? 'B' : 'A';
        expect_not_genuine(modern(modern_body(answered(flipped))));
    }
    expect_not_genuine(modern(modern_body(answered(question)), "u2"));
    expect_not_genuine(modern(modern_body(answered(question), kDeclared, R"({"a":2})")));
    expect_not_genuine(modern(modern_body(answered({.key = question.key, .state = "gatehouse."}))));
    expect_not_genuine(
        modern(modern_body(answered({.key = "gatehouse-connect-x", .state = question.state}))));
    clock_.advance(std::chrono::minutes{15});
    expect_not_genuine(modern(modern_body(answered(question))));
}

TEST_F(ReconnectTest, StateOfAnotherToolRunsNothing) {  // G33
    const auto question = question_in(request(modern(modern_body())));
    give_grant("t2");
    auto body = modern_body(answered(question));
    body.replace(body.find(R"("add")"), 5, R"("sub")");
    auto given = modern(std::move(body));
    given.headers.back().second = "sub";
    expect_not_genuine(std::move(given));
}

TEST_F(ReconnectTest, ProgramsWithoutAPersonAreToldInWords) {  // G30 d
    auto facts = claims();
    facts["sub"] = "c1";
    const auto& answer = request(call(token(facts)));
    EXPECT_EQ(answer.status, 200);
    const auto object = read(answer);
    const auto& result = object.at("result").as_object();
    EXPECT_EQ(result.at("isError"), true);
    EXPECT_EQ(json::dump(result.at("_meta").as_object().at("gatehouse/decision")),
              R"({"reason":"reconnect"})");
    EXPECT_TRUE(answer.body_out.contains("/connect/todo?e="));
    EXPECT_EQ(journal_.intents.back().reason, "reconnect");
    facts["sub"] = "u1";
    facts["client_id"] = "personal-token";
    facts["jti"] = "j3";
    EXPECT_EQ(request(call(token(facts))).status, 200);
    facts["jti"] = "j2";
    const auto& list = request(
        call(token(facts), R"({"jsonrpc":"2.0","id":7,"method":"tools/list","params":{}})"));
    EXPECT_EQ(read(list).at("error").as_object().at("code"), -31002);
}

TEST_F(ReconnectTest, ClientsThatWouldGiveUpAreToldInWords) {  // G30 d
    auto given = call(token(claims()));
    given.headers.emplace_back("User-Agent", "Java-http-client/21.0.2");
    EXPECT_EQ(request(given).status, 200);
    given.headers.back().second = "nightly/3";
    EXPECT_EQ(request(given).status, 401);
    auto catalog = make_catalog();
    catalog.servers[0].reconnect.in_band = {"nightly/*", "c7"};
    publish(std::move(catalog));
    EXPECT_EQ(request(given).status, 200);
    auto facts = claims();
    EXPECT_EQ(request(call(token(facts))).status, 401);
    facts["client_id"] = "c7";
    facts["jti"] = "j7";
    EXPECT_EQ(request(call(token(facts))).status, 200);
}

TEST_F(ReconnectTest, WhatNeedsNoAccountGoesOnWithoutOne) {  // G37
    auto catalog = make_catalog();
    catalog.servers[0].reconnect.without_account = {"ping", "tools/list"};
    publish(std::move(catalog));
    auto& answer = request(call(token(claims()), R"({"jsonrpc":"2.0","id":7,"method":"ping"})"));
    ASSERT_EQ(pool("todo").sent.size(), 1U);
    EXPECT_EQ(pool("todo").last().field("X-Gateway-Access-Token"), "");
    pool("todo").last().answer(200, kJson, R"({"jsonrpc":"2.0","id":7,"result":{}})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(request(call(token(claims()))).status, 401);
    EXPECT_EQ(pool("todo").sent.size(), 1U);
}

}  // namespace
}  // namespace gatehouse::proxy
