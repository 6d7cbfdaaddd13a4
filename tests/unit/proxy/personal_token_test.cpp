// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

constexpr std::string_view kToken = "gth_0123456789abcdefghijABCDEFGHIJ0123456789abc";

/// Server `open`, which takes personal access tokens.
class PersonalTokenTest : public test::ProxyFixture {
  protected:
    PersonalTokenTest() {
        server().personal_tokens = true;
        server().scopes = {"todos.read"};
        publish(changed_);
        know();
    }

    catalog::Server& server() { return changed_.servers.back(); }

    /// As the next refresh of the trust would bring it.
    void know() {
        oauth::Trust trust = *trust_.get();
        auto tokens = std::make_shared<oauth::PersonalTokens>();
        tokens->generation = trust.personal->generation + 1;
        if (known_) {
            tokens->by_digest[crypto::token_digest(kToken)] =
                std::make_shared<const oauth::AccessToken>(oauth::AccessToken{
                    .subject = "u1",
                    .client_id = std::string(oauth::kPersonalTokenClient),
                    .connection = "pat1",
                    .token_id = "pat1",
                    .scopes = {"todos.read"},
                    .expires_at = to_unix_seconds(clock_.now()) + 3600,
                    .personal = std::make_shared<const oauth::PersonalLimits>(
                        oauth::PersonalLimits{.server = "open", .tools = tools_})});
        }
        trust.personal = std::move(tokens);
        trust_.set(std::make_shared<const oauth::Trust>(std::move(trust)));
    }

    test::FakeExchange& call_open(std::string body = std::string(kToolCall)) {
        auto given = call(std::string(kToken), std::move(body));
        given.target = "/open/mcp";
        return request(std::move(given));
    }

    test::FakeExchange& ask(std::string_view method) {
        return call_open(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                         R"(","params":{}})");
    }

    catalog::Catalog changed_ = make_catalog();
    std::vector<std::string> tools_;
    bool known_ = true;
};

TEST_F(PersonalTokenTest, CallsWithoutAskingAnybody) {
    auto& answer = call_open();
    ASSERT_EQ(pool().sent.size(), 1U);
    pool().last().answer(200, kJson, kResult);
    EXPECT_EQ(answer.body_out, kResult);
    EXPECT_TRUE(work_.empty());
    EXPECT_TRUE(users_loaded_.empty());
    EXPECT_EQ(journal_.intents.back().user, "u1");
    EXPECT_EQ(journal_.intents.back().client, "personal-token");
    EXPECT_EQ(journal_.intents.back().connection, "pat1");
}

TEST_F(PersonalTokenTest, IsGoodAtItsServerOnly) {  // A17
    auto elsewhere = call(std::string(kToken));
    changed_.servers.front().personal_tokens = true;
    publish(changed_);
    EXPECT_EQ(request(std::move(elsewhere)).status, 401);
    EXPECT_TRUE(pool("todo").sent.empty());
}

TEST_F(PersonalTokenTest, IsOffUnlessTheServerAllowsIt) {
    (void)call_open();
    EXPECT_EQ(pool().sent.size(), 1U);
    server().personal_tokens = false;
    publish(changed_);
    const auto& answer = call_open();
    EXPECT_EQ(answer.status, 401);
    EXPECT_NE(answer.header("WWW-Authenticate").find(R"(error="invalid_token")"),
              std::string::npos);
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PersonalTokenTest, EndsWithItsTimeAndWithItsRevocation) {  // A22
    (void)call_open();
    EXPECT_EQ(pool().sent.size(), 1U);
    revoke("pat1");
    EXPECT_EQ(call_open().status, 401);
    // The revocation is forgotten some day; the token is not in the list any more.
    oauth::Trust trust = *trust_.get();
    trust.revoked_connections.clear();
    trust_.set(std::make_shared<const oauth::Trust>(std::move(trust)));
    known_ = false;
    know();
    EXPECT_EQ(call_open().status, 401);
    known_ = true;
    know();
    EXPECT_EQ(call_open().end, test::FakeExchange::End::kOpen);
    clock_.advance(std::chrono::seconds{3600});
    EXPECT_EQ(call_open().status, 401);
    EXPECT_EQ(pool().sent.size(), 2U);
}

TEST_F(PersonalTokenTest, HidesOtherToolsThanItsOwn) {
    tools_ = {"sub", "get_*"};
    know();
    const auto& refused = call_open();
    EXPECT_EQ(refused.status, 200);
    EXPECT_TRUE(
        refused.body_out.contains(R"("error":{"code":-32602,"message":"Unknown tool: add"}})"))
        << refused.body_out;
    EXPECT_EQ(journal_.intents.back().rule, "personal_token");
    EXPECT_TRUE(pool().sent.empty());
    auto& list = ask("tools/list");
    pool().last().answer(
        200, kJson,
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"},{"name":"get_x"},{"name":"sub"}]}})");
    EXPECT_EQ(list.body_out,
              R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get_x"},{"name":"sub"}]}})");
    // What it may call is what it lists.
    (void)call_open(
        R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get_x","arguments":{}}})");
    EXPECT_EQ(pool().sent.size(), 2U);
}

TEST_F(PersonalTokenTest, WithoutToolsOfItsOwnListsEverything) {
    auto& list = ask("tools/list");
    constexpr std::string_view kList =
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}]}})";
    pool().last().answer(200, kJson, kList);
    EXPECT_EQ(list.body_out, kList);
}

TEST_F(PersonalTokenTest, LacksWhatItsScopesLack) {
    server().scopes = {"todos.read", "todos.write"};
    server().policies = {{.name = "writes",
                          .effect = catalog::PolicyEffect::kRequireScope,
                          .scopes = {"todos.write"},
                          .when = {.tools = {"add"}}}};
    publish(changed_);
    EXPECT_EQ(call_open().status, 403);
    EXPECT_TRUE(pool().sent.empty());
}

TEST_F(PersonalTokenTest, IsRefusedOnceItsUserLeftTheLists) {
    server().access.groups = {"staff"};
    publish(changed_);
    (void)call_open();
    EXPECT_EQ(pool().sent.size(), 1U);
    server().access.groups = {"board"};
    publish(changed_);
    const auto& answer = call_open();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body_out.contains(R"("isError":true)")) << answer.body_out;
    EXPECT_EQ(journal_.intents.back().rule, "access");
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(PersonalTokenTest, EndsStreamsWhenItIsRevoked) {
    auto given = call(std::string(kToken));
    given.target = "/open/mcp";
    given.method = "GET";
    given.headers[2].second = "text/event-stream";
    given.body.clear();
    auto& stream = request(std::move(given));
    ASSERT_EQ(pool().sent.size(), 1U);
    pool().last().answer(200, kEvents, "", false);
    revoke("pat1");
    application().tick();
    EXPECT_NE(stream.end, test::FakeExchange::End::kOpen);
    EXPECT_EQ(application().open_calls(), 0U);
}

TEST_F(PersonalTokenTest, MalformedOnesAreNoCredentials) {
    auto given = call("gth_not a token");
    given.target = "/open/mcp";
    EXPECT_EQ(request(std::move(given)).status, 400);
    auto unknown = call("gth_unknown");
    unknown.target = "/open/mcp";
    EXPECT_EQ(request(std::move(unknown)).status, 401);
}

}  // namespace
}  // namespace gatehouse::proxy
