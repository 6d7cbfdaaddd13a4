// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/proxy_fixture.h"

/// What callers see of policies (contract.md section 7).
namespace gatehouse::proxy {
namespace {

using catalog::ArgumentTest;
using catalog::ArgumentValue;
using catalog::PolicyEffect;
using catalog::PolicyMatch;
using catalog::PolicyRule;

PolicyRule rule(PolicyEffect effect, PolicyMatch when, std::string name = "the-rule") {
    return {.name = std::move(name),
            .effect = effect,
            .scopes = {},
            .message = {},
            .when = std::move(when)};
}

PolicyRule deny(PolicyMatch when) {
    return rule(PolicyEffect::kDeny, std::move(when));
}

/// `a` must not be above 1000.
PolicyRule deny_much() {
    const ArgumentTest above{
        .op = ArgumentTest::Op::kGt,
        .values = {ArgumentValue{.kind = ArgumentValue::Kind::kNumber, .text = "1000"}}};
    auto much = deny({.tools = {"add"}, .arguments = {{.pointer = "/a", .tests = {above}}}});
    much.message = "Sums over 1000 need a person.";
    return much;
}

PolicyRule wants_write() {
    auto wanting = rule(PolicyEffect::kRequireScope, {.tools = {"add"}}, "writes");
    wanting.scopes = {"todos.write"};
    return wanting;
}

class PolicyTest : public test::ProxyFixture {
  protected:
    catalog::Server& server() { return changed_.servers.back(); }

    void use(std::vector<PolicyRule> rules) {
        server().scopes = {"todos.admin", "todos.read", "todos.write"};
        server().policies = std::move(rules);
        publish(changed_);
    }

    test::FakeExchange& ask(std::string_view method, std::string_view params) {
        return request(open_call(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                                 R"(","params":)" + std::string(params) + "}"));
    }

    void expect_hidden(const test::FakeExchange& answer, std::string_view error) {
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.body_out.contains(error)) << answer.body_out;
        EXPECT_TRUE(pool().sent.empty());
        EXPECT_EQ(journal_.intents.back().effect, "deny");
        EXPECT_EQ(journal_.intents.back().rule, "the-rule");
        EXPECT_EQ(journal_.intents.back().reason, "policy");
        EXPECT_EQ(application().open_calls(), 0U);
    }

    /// What a client gets of this answer to tools/list.
    std::string list(std::string_view body, const test::FakeUpstreamPool::Fields& fields = kJson) {
        auto& answer = ask("tools/list", "{}");
        if (!pool().sent.empty()) {
            pool().last().answer(200, fields, body);
        }
        EXPECT_EQ(answer.end, test::FakeExchange::End::kFinished);
        return answer.body_out;
    }

    catalog::Catalog changed_ = make_catalog();
};

TEST_F(PolicyTest, AHiddenToolIsUnknown) {  // H72, H85
    use({deny({.tools = {"a*"}})});
    expect_hidden(request(open_call()),
                  R"("error":{"code":-32602,"message":"Unknown tool: add"}})");
    EXPECT_EQ(journal_.outcomes.back().second.rpc_code, -32602);
    EXPECT_EQ(journal_.intents.back().item, "add");
}

TEST_F(PolicyTest, OtherToolsRun) {
    use({deny({.tools = {"sub"}})});
    auto& answer = request(open_call());
    pool().last().answer(200, kJson, kResult);
    EXPECT_EQ(answer.body_out, kResult);
    EXPECT_EQ(journal_.intents.back().effect, "allow");
    EXPECT_EQ(journal_.intents.back().rule, "");
}

TEST_F(PolicyTest, AnEscapedNameIsTheSameName) {
    use({deny({.tools = {"add"}})});
    for (const std::string name : {R"(\u0061dd)", R"(\u0061\u0064d)"}) {
        expect_hidden(ask("tools/call", R"({"name":")" + name + R"("})"), "Unknown tool: add");
    }
    EXPECT_EQ(ask("tools/call", R"({"name":"add","\u006eame":"sub"})").status, 400);
    EXPECT_EQ(ask("tools/call", R"({"name":["add"]})").status, 400);
    EXPECT_TRUE(pool().sent.empty());
}

TEST_F(PolicyTest, AVisibleRefusalOfAToolIsAToolResult) {  // H73, H86
    use({deny_much()});
    auto& answer = ask("tools/call", R"({"name":"add","arguments":{"a":1001}})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.body_out,
              R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"The call of )"
              R"(\"add\" was refused by the rule \"the-rule\": Sums over 1000 need a person."}],)"
              R"("isError":true,"_meta":{"gatehouse/decision":{"reason":"policy","rule":)"
              R"("the-rule"}}}})");
    EXPECT_EQ(journal_.outcomes.back().second.is_error, true);
    EXPECT_FALSE(journal_.outcomes.back().second.rpc_code);
    EXPECT_TRUE(pool().sent.empty());
    (void)ask("tools/call", R"({"name":"add","arguments":{"a":1000}})");
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PolicyTest, ArgumentsThatNobodyCanJudgeCountAgainstTheCaller) {
    use({deny_much()});
    for (const std::string arguments :
         {R"({"a":"1001"})", R"({"a":"1"})", R"({"a":[1]})", R"({"a":true})", R"({"a":1e400})",
          R"([{"a":1}])", R"("a")", "7"}) {
        const auto& answer = ask("tools/call", R"({"name":"add","arguments":)" + arguments + "}");
        EXPECT_TRUE(answer.status == 400 || answer.body_out.contains(R"("isError":true)"))
            << arguments << answer.body_out;
    }
    EXPECT_EQ(ask("tools/call", R"({"name":"add","arguments":{"a":1,"a":5000}})").status, 400);
    EXPECT_TRUE(pool().sent.empty());
    for (const std::string arguments : {R"({"b":5000})", "{}", "null", R"({"a":null})"}) {
        (void)ask("tools/call", R"({"name":"add","arguments":)" + arguments + "}");
    }
    EXPECT_EQ(pool().sent.size(), 4U);
}

TEST_F(PolicyTest, AVisibleRefusalOfAnotherMethodIsAnError) {  // H86
    use({deny({.prompts = {"p"}, .source_ips = {"192.0.2.0/24"}})});
    auto& answer = ask("prompts/get", R"({"name":"p"})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body_out.contains(R"("error":{"code":-31002,)")) << answer.body_out;
    EXPECT_TRUE(answer.body_out.contains(R"("data":{"reason":"policy","rule":"the-rule"}})"));
    EXPECT_EQ(journal_.outcomes.back().second.rpc_code, -31002);
    (void)ask("prompts/get", R"({"name":"q"})");
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PolicyTest, OutsideItsHoursARuleSaysWhenToComeBack) {
    // 2026-11-24 is a Tuesday; the test clock says when.
    use({deny({.tools = {"add"}, .hours = {"00:00-12:00 UTC", "12:00-24:00 UTC"}})});
    EXPECT_TRUE(request(open_call()).body_out.contains(R"("isError":true)"));
    use({deny({.tools = {"add"}, .hours = {"Sat 00:00-00:01 UTC"}})});
    (void)request(open_call());
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PolicyTest, WhoTakesOnlyEventsGetsAnEvent) {
    use({deny_much()});
    auto given = open_call(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":5000}}})");
    given.headers[2].second = "text/event-stream";
    const auto& answer = request(given);
    EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
    EXPECT_TRUE(answer.body_out.starts_with("event: message\ndata: {\"jsonrpc\""))
        << answer.body_out;
    EXPECT_TRUE(answer.body_out.ends_with("}\n\n"));
}

TEST_F(PolicyTest, AMissingScopeIsAskedFor) {  // A11, A19, H83
    use({wants_write()});
    const auto& answer = request(open_call());
    EXPECT_EQ(answer.status, 403);
    const auto challenge = answer.header("WWW-Authenticate");
    EXPECT_TRUE(challenge.starts_with("Bearer ")) << challenge;
    EXPECT_TRUE(challenge.contains(R"(error="insufficient_scope")")) << challenge;
    EXPECT_TRUE(challenge.contains(R"(scope="todos.read todos.write")")) << challenge;
    EXPECT_TRUE(challenge.contains(
        R"(resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/open/mcp")"));
    EXPECT_TRUE(answer.body_out.starts_with(R"({"jsonrpc":"2.0","id":7,"error":{"code":-31001)"))
        << answer.body_out;
    EXPECT_TRUE(pool().sent.empty());
    EXPECT_EQ(journal_.intents.back().effect, "require_scope");
    EXPECT_EQ(journal_.intents.back().rule, "writes");
    EXPECT_EQ(journal_.outcomes.back().second.http_status, 403);
    EXPECT_EQ(request(open_call()).header("WWW-Authenticate"), challenge);  // A21
}

TEST_F(PolicyTest, WithTheScopeTheCallRuns) {  // A19
    use({wants_write()});
    auto changed = claims();
    changed["aud"] = "https://mcp.example.com/open/mcp";
    changed["jti"] = "j-write";
    changed["scope"] = "todos.write";
    auto given = open_call();
    given.headers[0].second = "Bearer " + token(changed);
    (void)request(given);
    EXPECT_EQ(pool().sent.size(), 1U);
    EXPECT_EQ(journal_.intents.back().effect, "allow");
    EXPECT_EQ(journal_.intents.back().rule, "writes");
}

TEST_F(PolicyTest, AWiderScopeWillDo) {  // A20
    server().scope_includes = {{"todos.admin", {"todos.write"}}, {"todos.write", {"todos.read"}}};
    auto reading = wants_write();
    reading.scopes = {"todos.read"};
    use({reading});
    auto changed = claims();
    changed["aud"] = "https://mcp.example.com/open/mcp";
    changed["jti"] = "j-admin";
    changed["scope"] = "todos.admin";
    auto given = open_call();
    given.headers[0].second = "Bearer " + token(changed);
    (void)request(given);
    EXPECT_EQ(pool().sent.size(), 1U);
    use({wants_write()});
    EXPECT_EQ(request(open_call()).status, 403) << "todos.read is no wider than todos.write";
}

TEST_F(PolicyTest, AScopeThatNobodyCanGetIsARefusal) {
    auto wanting = wants_write();
    wanting.scopes = {"of.another.server"};
    use({wanting});
    const auto& answer = request(open_call());
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body_out.contains(R"("isError":true)"));
}

TEST_F(PolicyTest, AShadowOnlyLeavesItsTrace) {
    use({rule(PolicyEffect::kShadowDeny, {.tools = {"add"}}, "maybe")});
    auto& answer = request(open_call());
    pool().last().answer(200, kJson, kResult);
    EXPECT_EQ(answer.body_out, kResult);
    EXPECT_EQ(journal_.intents.back().effect, "shadow_deny");
    EXPECT_EQ(journal_.intents.back().rule, "maybe");
    EXPECT_EQ(journal_.intents.back().reason, "policy");
}

TEST_F(PolicyTest, TheFirstRuleThatMatchesDecides) {
    use({rule(PolicyEffect::kAllow, {.tools = {"add"}}, "first"), deny({.tools = {"*"}})});
    (void)request(open_call());
    EXPECT_EQ(pool().sent.size(), 1U);
    EXPECT_EQ(journal_.intents.back().rule, "first");
    EXPECT_TRUE(ask("tools/call", R"({"name":"sub"})").body_out.contains("Unknown tool: sub"));
}

TEST_F(PolicyTest, RulesOfAllServersComeFirst) {
    changed_.policies = {deny({.tools = {"add"}})};
    use({rule(PolicyEffect::kAllow, {.tools = {"add"}}, "own")});
    expect_hidden(request(open_call()), "Unknown tool: add");
}

TEST_F(PolicyTest, GroupsAreLookedUpBeforeRulesDecide) {
    use({deny({.groups = {"staff"}, .tools = {"add"}})});
    expect_hidden(request(open_call()), "Unknown tool: add");
    EXPECT_EQ(users_loaded_.size(), 1U);
}

TEST_F(PolicyTest, WithoutFactsAboutThePersonNothingRuns) {
    use({deny({.groups = {"interns"}, .tools = {"add"}})});
    user_.reset();
    EXPECT_EQ(request(open_call()).status, 503);
    EXPECT_TRUE(pool().sent.empty());
}

TEST_F(PolicyTest, HiddenPromptsAndResourcesAreUnknownWhereverTheyAreNamed) {  // H72
    use({deny({.prompts = {"p"}}), deny({.resources = {"file:///secret*"}})});
    EXPECT_TRUE(ask("prompts/get", R"({"name":"p"})").body_out.contains("Unknown prompt: p"));
    EXPECT_TRUE(ask("resources/read", R"({"uri":"file:///secret/1"})").body_out.contains("-32002"));
    EXPECT_TRUE(
        ask("resources/subscribe", R"({"uri":"file:///secret"})").body_out.contains("-32002"));
    EXPECT_TRUE(
        ask("completion/complete",
            R"({"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}})")
            .body_out.contains("Unknown prompt: p"));
    EXPECT_TRUE(ask("completion/complete", R"({"ref":{"type":"ref/odd","name":"p"}})")
                    .body_out.contains("error"));
    EXPECT_TRUE(pool().sent.empty());
    (void)ask("resources/read", R"({"uri":"file:///open"})");
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PolicyTest, AHiddenMethodIsUnknown) {  // contract 11
    use({deny({.methods = {"completion/*", "tools/list"}})});
    for (const std::string_view method : {"completion/complete", "tools/list"}) {
        expect_hidden(ask(method, "{}"), R"("error":{"code":-32601,"message":"Method not found"})");
    }
}

TEST_F(PolicyTest, WhatNobodyWaitsForIsDroppedInSilence) {
    use({deny({.tools = {"add"}})});
    const auto& answer =
        request(open_call(R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"add"}})"));
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.body_out, "");
    EXPECT_TRUE(pool().sent.empty());
    EXPECT_EQ(journal_.intents.back().rule, "the-rule");
}

class PolicyBatchTest : public PolicyTest {
  protected:
    PolicyBatchTest() { use({deny({.tools = {"add"}})}); }

    static constexpr std::string_view kOther =
        R"({"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"sub"}})";
    static constexpr std::string_view kRefusal =
        R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"Unknown tool: add"}})";

    test::FakeExchange& send_both() {
        return request(open_call("[" + std::string(kToolCall) + ", " + std::string(kOther) + "]"));
    }
};

TEST_F(PolicyBatchTest, OnlyWhatIsRefusedDoesNotRun) {  // H41
    auto& answer = send_both();
    ASSERT_EQ(pool().sent.size(), 1U);
    EXPECT_EQ(pool().last().body, "[" + std::string(kOther) + "]");
    EXPECT_EQ(pool().last().field("Content-Length"), std::to_string(pool().last().body.size()));
    pool().last().answer(200, kJson, R"( [{"jsonrpc":"2.0","id":8,"result":{}}] )");
    EXPECT_EQ(answer.body_out,
              "[" + std::string(kRefusal) + R"(,{"jsonrpc":"2.0","id":8,"result":{}}])");
    EXPECT_EQ(answer.content_length, static_cast<std::int64_t>(answer.body_out.size()));
    ASSERT_EQ(journal_.intents.size(), 2U);
    EXPECT_EQ(journal_.intents[0].effect, "deny");
    EXPECT_EQ(journal_.intents[1].effect, "allow");
    EXPECT_EQ(journal_.outcomes.size(), 2U);
}

TEST_F(PolicyBatchTest, TheAnswersJoinAStreamToo) {
    auto& answer = send_both();
    pool().last().answer(200, kEvents, "", false);
    EXPECT_TRUE(answer.body_out.contains("data: " + std::string(kRefusal) + "\n\n"))
        << answer.body_out;
    pool().last().more("data: {\"jsonrpc\":\"2.0\",\"id\":8,\"result\":{}}\n\n", true);
    EXPECT_TRUE(answer.body_out.contains(R"("id":8)"));
    EXPECT_EQ(answer.end, test::FakeExchange::End::kFinished);
}

TEST_F(PolicyBatchTest, AnEmptyAnswerDoesNotLoseTheRefusal) {
    auto& answer = request(open_call("[" + std::string(kToolCall) +
                                     R"(,{"jsonrpc":"2.0","method":"notifications/x"}])"));
    ASSERT_EQ(pool().sent.size(), 1U);
    pool().last().answer(202, {}, "");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body_out, "[" + std::string(kRefusal) + "]");
}

TEST_F(PolicyBatchTest, ARuntimeThatFailsIsNoSuccess) {
    auto& answer = send_both();
    pool().last().answer(500, kJson, "{}");
    EXPECT_EQ(answer.status, 500);
}

TEST_F(PolicyBatchTest, AMissingScopeStopsAllOfIt) {  // A19
    use({wants_write()});
    EXPECT_EQ(send_both().status, 403);
    EXPECT_TRUE(pool().sent.empty());
}

TEST_F(PolicyTest, ListsLeaveOutWhatIsHidden) {  // H71, H74
    use({deny({.tools = {"secret_*"}})});
    EXPECT_EQ(
        list(
            R"({"jsonrpc":"2.0","id":1,"result":{"tools":[ {"name":"secret_a"}, {"name" : "add" , "x":1.0},{"name":"secret\u005fb","description":"see add"}],"nextCursor":"secret_a"}})"),
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name" : "add" , "x":1.0}],"nextCursor":"secret_a"}})");
}

TEST_F(PolicyTest, ListsWithoutAnythingHiddenKeepTheirBytes) {
    use({deny({.tools = {"secret_*"}})});
    const std::string_view body = R"( {"id":1, "result":{"tools":[ {"name":"add"} ] } } )";
    EXPECT_EQ(list(body), body);
}

TEST_F(PolicyTest, ListsInEventsAreCutToo) {  // H71
    use({deny({.tools = {"secret"}})});
    EXPECT_EQ(list("id: 5\nevent: message\ndata: "
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":"
                   "\"secret\"},\ndata: {\"name\":\"add\"}]}}\n\n",
                   kEvents),
              "id: 5\nevent: message\ndata: "
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":"
              "\"add\"}]}}\n\n");
}

TEST_F(PolicyTest, ListsThatCannotBeReadDoNotGoOut) {
    use({deny({.tools = {"secret"}})});
    for (const std::string_view body :
         {R"({"result":{"tools":[{"name":"secret"})", R"({"result":{"tools":{"name":"secret"}}})",
          R"("secret")", R"({"result":{"tools":"secret"}})", "secret"}) {
        auto& answer = ask("tools/list", "{}");
        pool().last().answer(200, kJson, body);
        EXPECT_EQ(answer.status, 502) << body;
        EXPECT_FALSE(answer.body_out.contains("secret")) << body;
    }
}

TEST_F(PolicyTest, NothingOfAHiddenItemIsLeftInTheResult) {
    use({deny({.tools = {"secret"}})});
    const auto cut = list(
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"secret"},{"name":"add"}],"_meta":{"all":["secret","add"]},"cacheScope":"public"}})");
    EXPECT_EQ(
        cut,
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}],"_meta":{},"cacheScope":"private"}})");
}

TEST_F(PolicyTest, ListsInPiecesAreCutToo) {
    use({deny({.tools = {"secret"}})});
    auto& answer = ask("tools/list", "{}");
    pool().last().answer(200, kJson, R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"na)", false);
    pool().last().more(R"(me":"secret"},{"name":"add"}]}})", true);
    EXPECT_EQ(answer.body_out, R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}]}})");
}

TEST_F(PolicyTest, StreamsThatListenAreCutToo) {
    use({deny({.tools = {"secret"}}), deny({.resources = {"file:///secret"}})});
    auto given = open_call("");
    given.method = "GET";
    auto& answer = request(given);
    pool().last().answer(200, kEvents, "", false);
    pool().last().more(
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":\"sec");
    EXPECT_FALSE(answer.body_out.contains("sec"));
    pool().last().more(
        "ret\"},{\"name\":\"add\"}]}}\n\ndata: {\"method\":"
        "\"notifications/resources/updated\",\"params\":{\"uri\":\"file:///secret\"}}"
        "\n\ndata: {\"method\":\"notifications/progress\"}\n\n");
    EXPECT_FALSE(answer.body_out.contains("secret")) << answer.body_out;
    EXPECT_TRUE(answer.body_out.contains(R"([{"name":"add"}])")) << answer.body_out;
    EXPECT_TRUE(answer.body_out.contains("notifications/progress"));
    // A reload holds for streams that run.
    use({deny({.tools = {"add"}})});
    pool().last().more(
        "data: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[{\"name\":\"add\"}]}}\n\n");
    EXPECT_TRUE(answer.body_out.contains(R"("id":2,"result":{"tools":[]})")) << answer.body_out;
}

TEST_F(PolicyTest, ConditionsThatPassDoNotHide) {
    use({deny_much()});
    const std::string_view body = R"({"id":1,"result":{"tools":[{"name":"add"}]}})";
    EXPECT_EQ(list(body), body);
}

TEST_F(PolicyTest, ByDefaultDenyOnlyWhatSomeRuleAllowsIsSeen) {
    server().default_policy = catalog::DefaultPolicy::kDeny;
    use({rule(PolicyEffect::kAllow, {.tools = {"add"}}, "some")});
    EXPECT_EQ(list(R"({"id":1,"result":{"tools":[{"name":"add"},{"name":"sub"}]}})"),
              R"({"id":1,"result":{"tools":[{"name":"add"}]}})");
    (void)request(open_call());
    EXPECT_EQ(pool().sent.size(), 2U);
    EXPECT_TRUE(ask("tools/call", R"({"name":"sub"})").body_out.contains("Unknown tool: sub"));
    EXPECT_EQ(journal_.intents.back().rule, "default_policy");
    EXPECT_TRUE(ask("tasks/get", R"({"taskId":"t"})").body_out.contains("-32601"));
}

TEST_F(PolicyTest, WhatARuntimeSaysOfAToolIsLearnedFromItsLists) {
    use({deny({.annotations = {{"readOnlyHint", false}}})});
    expect_hidden(request(open_call()), "Unknown tool: add");
    EXPECT_EQ(
        list(
            R"({"id":1,"result":{"tools":[{"name":"add","annotations":{"readOnlyHint":true}},{"name":"sub"}]}})"),
        R"({"id":1,"result":{"tools":[{"name":"add","annotations":{"readOnlyHint":true}}]}})");
    (void)request(open_call());
    EXPECT_EQ(pool().sent.size(), 2U);
    EXPECT_TRUE(ask("tools/call", R"({"name":"sub"})").body_out.contains("Unknown tool: sub"));
}

TEST_F(PolicyTest, AReloadHoldsFromTheNextCallOn) {
    use({deny({.tools = {"add"}})});
    EXPECT_TRUE(request(open_call()).body_out.contains("Unknown tool"));
    use({});
    (void)request(open_call());
    EXPECT_EQ(pool().sent.size(), 1U);
    use({deny({.tools = {"add"}})});
    EXPECT_TRUE(request(open_call()).body_out.contains("Unknown tool"));
}

TEST_F(PolicyTest, ARefusedCallCostsNoBudget) {
    server().budgets = {{.name = "two",
                         .server = "open",
                         .per = {},
                         .when = {},
                         .unit = catalog::BudgetUnit::kCalls,
                         .limit = 1,
                         .window = catalog::BudgetWindow::kDay}};
    use({deny({.tools = {"add"}})});
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(request(open_call()).body_out.contains("Unknown tool"));
    }
    (void)ask("tools/call", R"({"name":"sub"})");
    EXPECT_EQ(pool().sent.size(), 1U);
}

}  // namespace
}  // namespace gatehouse::proxy
