// SPDX-License-Identifier: Apache-2.0
#include "proxy/admission.h"

#include <gtest/gtest.h>

#include "proxy/refusal_log.h"
#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

class AdmissionTest : public test::ProxyFixture {
  protected:
    test::FakeExchange& send(test::FakeExchange::Given given) { return request(std::move(given)); }

    static std::string challenge() {
        return R"(Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/todo/mcp", scope="todos.read")";
    }
};

TEST_F(AdmissionTest, ChallengesEveryMethodWithoutCredentials) {  // A09, rule 9
    for (const std::string method : {"POST", "GET", "DELETE", "HEAD", "PUT"}) {
        const auto& answer = send({.method = method, .headers = {{"Mcp-Session-Id", "bogus"}}});
        EXPECT_EQ(answer.status, 401) << method;
        EXPECT_EQ(answer.header("WWW-Authenticate"), challenge());
        EXPECT_EQ(answer.header("Cache-Control"), "no-store");
        EXPECT_EQ(journal_.intents.back().method, method);  // contract 10
    }
    EXPECT_EQ(journal_.intents.size(), 5U);
}

TEST_F(AdmissionTest, RecordsWhomItRefuses) {  // contract 10
    (void)send({});
    const auto& intent = journal_.intents.back();
    EXPECT_EQ(intent.server, "todo");
    EXPECT_EQ(intent.user, "");
    EXPECT_EQ(intent.effect, "deny");
    EXPECT_EQ(intent.reason, "no_token");
    EXPECT_EQ(journal_.outcomes.back().second.http_status, 401);
    const std::string secret = "no.such.token";
    (void)send(call(secret));
    EXPECT_EQ(journal_.intents.back().reason, "invalid_token");
    EXPECT_EQ(journal_.intents.back().bytes_in, kToolCall.size());
    (void)send({.headers = {{"Authorization", "Bearer \""}}});
    EXPECT_EQ(journal_.intents.back().reason, "malformed_token");
    EXPECT_EQ(journal_.outcomes.back().second.http_status, 400);
    (void)send({.headers = {{"Origin", "https://evil.example.com"}}});
    EXPECT_EQ(journal_.intents.back().reason, "origin");
    auto old = claims();
    old["exp"] = to_unix_seconds(clock_.now());
    (void)send(call(token(old)));
    EXPECT_EQ(journal_.intents.back().reason, "expired_token");
    const auto before = journal_.intents.size();
    (void)send({.method = "OPTIONS",
                .headers = {{"Origin", "http://localhost:6274"},
                            {"Access-Control-Request-Method", "POST"}}});
    (void)send({.host = "evil.example.com"});
    EXPECT_EQ(journal_.intents.size(), before);
    EXPECT_EQ(journal_.outcomes.size(), before);
}

TEST_F(AdmissionTest, RecordsARefusalByTheHeadAlone) {
    test::FakeExchange anonymous({.body = std::string(100'000, ' ')});
    EXPECT_FALSE(application().on_head(anonymous).proceed);
    EXPECT_EQ(journal_.intents.size(), 1U);
}

TEST_F(AdmissionTest, RefusesAlsoWhatItCannotRecord) {
    journal_.broken_intents = true;
    EXPECT_EQ(send({}).status, 401);
}

TEST_F(AdmissionTest, LetsNoStrangerFillTheJournal) {
    for (std::uint32_t i = 0; i < RefusalLog::kPerSource + 30; ++i) {
        (void)send({});
    }
    EXPECT_EQ(journal_.intents.size(), RefusalLog::kPerSource);
    // Those who are known are recorded as ever.
    (void)send(open_call());
    EXPECT_EQ(journal_.intents.size(), RefusalLog::kPerSource + 1);
    clock_.advance(std::chrono::minutes{1});
    application().tick();
    ASSERT_EQ(journal_.intents.size(), RefusalLog::kPerSource + 2);
    EXPECT_EQ(journal_.intents.back().arguments, R"({"gatehouse/left_out_requests":30})");
    EXPECT_EQ(journal_.intents.back().reason, "left_out");
    application().tick();
    (void)send({});
    EXPECT_EQ(journal_.intents.size(), RefusalLog::kPerSource + 3);
    EXPECT_EQ(journal_.intents.back().reason, "no_token");
}

TEST_F(AdmissionTest, BoundsWhatManySourcesCanCause) {
    RefusalLog log(journal_);
    const auto now = Moment::read(clock_);
    for (int i = 0; i < 5000; ++i) {
        const auto source = "2001:db8::" + std::to_string(i);
        ASSERT_TRUE(log.record({.server = "todo",
                                .method = "POST",
                                .request_id = "r",
                                .source = source,
                                .reason = "no_token",
                                .status = 401},
                               now));
    }
    EXPECT_EQ(journal_.intents.size(), RefusalLog::kPerMinute);
}

TEST_F(AdmissionTest, NamesThePathAsAsked) {  // rule 3
    EXPECT_NE(send({.target = "/todo/mcp/"})
                  .header("WWW-Authenticate")
                  .find("oauth-protected-resource/todo/mcp/\""),
              std::string::npos);
}

TEST_F(AdmissionTest, TakesOtherSchemesForNoCredentials) {  // A13
    const auto& answer = send({.headers = {{"Authorization", "Basic dTpw"}}});
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.header("WWW-Authenticate"), challenge());
}

TEST_F(AdmissionTest, RefusesMalformedCredentials) {  // A13
    const auto good = token(claims());
    for (const std::string& value : {std::string(), std::string("Bearer"), std::string("Bearer "),
                                     "Bearer " + good + " x", "Bearer " + good + ",Bearer " + good,
                                     std::string("Bearer a\"b"), std::string("Bearer =")}) {
        const auto& answer = send({.headers = {{"Authorization", value}}});
        EXPECT_EQ(answer.status, 400) << value;
        EXPECT_NE(answer.header("WWW-Authenticate").find(R"(error="invalid_request")"),
                  std::string::npos);
    }
    EXPECT_EQ(send({.headers = {{"Authorization", "Bearer " + good},
                                {"Authorization", "Bearer " + good}}})
                  .status,
              400);
}

TEST_F(AdmissionTest, AnswersTenBadTokensAlike) {  // A12, A17, A18
    std::vector<std::string> bad;
    const auto spoil = [&](std::string_view name, json::Value value) {
        auto changed = claims();
        changed[name] = std::move(value);
        bad.push_back(token(changed));
    };
    spoil("aud", "https://mcp.example.com/open/mcp");
    spoil("aud", "https://mcp.example.com");
    spoil("iss", "https://evil.example.com");
    spoil("iat", to_unix_seconds(clock_.now()) + 3600);
    spoil("nbf", to_unix_seconds(clock_.now()) + 3600);
    auto missing = claims();
    missing.erase("aud");
    bad.push_back(token(missing));
    bad.push_back(token(claims(), "JWT"));
    bad.push_back(crypto::sign_jwt(crypto::SigningKey::generate(), "at+jwt", claims()));
    auto altered = token(claims());
    altered[altered.size() / 2] = altered[altered.size() / 2] == 'A' ? 'B' : 'A';
    bad.push_back(altered);
    bad.emplace_back("garbage");
    for (const auto& value : bad) {
        const auto& answer = send(call(value));
        EXPECT_EQ(answer.status, 401);
        EXPECT_EQ(
            answer.header("WWW-Authenticate"),
            challenge() +
                R"(, error="invalid_token", error_description="The access token is not valid")");
        EXPECT_FALSE(answer.body_out.contains(value));
    }
    auto expired = claims();
    expired["exp"] = to_unix_seconds(clock_.now());
    EXPECT_NE(send(call(token(expired))).header("WWW-Authenticate").find("expired"),
              std::string::npos);
    EXPECT_TRUE(pool("todo").sent.empty());
}

TEST_F(AdmissionTest, NeverReadsATokenFromTheQuery) {  // A14
    auto given = call(token(claims()));
    given.target = "/todo/mcp?access_token=" + token(claims());
    given.headers.erase(given.headers.begin());
    EXPECT_EQ(send(given).status, 401);
}

TEST_F(AdmissionTest, MatchesTheSchemeWithoutCase) {  // A16
    auto given = open_call();
    given.headers.front().second.replace(0, 6, "bEaReR");
    (void)send(given);
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(AdmissionTest, RefusesARevokedConnectionOnTheNextRequest) {  // A22
    (void)send(open_call());
    ASSERT_EQ(pool().sent.size(), 1U);
    revoke("conn1");
    EXPECT_EQ(send(open_call()).status, 401);
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(AdmissionTest, RefusesACachedTokenOnceItExpires) {
    const auto given = open_call();
    (void)send(given);
    clock_.advance(std::chrono::hours{1});
    EXPECT_EQ(send(given).status, 401);
}

TEST_F(AdmissionTest, ForgetsTokensOfARemovedKey) {
    const auto given = open_call();
    (void)send(given);
    trust_.set(std::make_shared<const oauth::Trust>());
    EXPECT_EQ(send(given).status, 401);
}

TEST_F(AdmissionTest, RefusesForeignHosts) {  // H02
    EXPECT_EQ(send({.host = "evil.example.com"}).status, 421);
    EXPECT_EQ(send({.target = "/account", .host = "mcp.example.com:8443"}).status, 421);
    EXPECT_EQ(send({.host = "MCP.example.com:443"}).status, 401);
    EXPECT_EQ(send({.host = "127.0.0.1:8080"}).status, 401);
    EXPECT_EQ(send({.target = "/healthz", .host = "evil.example.com"}).status, 200);
    EXPECT_EQ(send({.target = "/readyz", .host = ""}).status, 503);
}

TEST_F(AdmissionTest, HandsOtherPathsToTheControlPlane) {
    for (const std::string target :
         {"/authorize?x=1", "/todo/mcpx", "/todo/mcp//", "/todo/%6dcp"}) {
        EXPECT_EQ(send({.method = "GET", .target = target}).body_out, "control") << target;
    }
    EXPECT_EQ(control_origin_, "https://mcp.example.com");
}

TEST_F(AdmissionTest, JudgesTheOriginFirst) {  // H01, B15, B17
    for (const std::string origin : {"https://evil.example.com", "null", "",
                                     "http://localhost.evil.com", "http://localhost/x"}) {
        auto given = open_call();
        given.headers.emplace_back("Origin", origin);
        const auto& answer = send(given);
        EXPECT_EQ(answer.status, 403) << origin;
        EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "");
    }
    EXPECT_TRUE(pool().sent.empty());
    for (const std::string origin : {"https://mcp.example.com", "http://localhost:6274",
                                     "http://127.0.0.1:1", "http://[::1]:5"}) {
        const auto& answer = send({.headers = {{"Origin", origin}}});
        EXPECT_EQ(answer.status, 401) << origin;
        EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), origin);
        EXPECT_NE(answer.header("Access-Control-Expose-Headers").find("WWW-Authenticate"),
                  std::string::npos);
        EXPECT_EQ(answer.header("Vary"), "Origin");
        EXPECT_EQ(answer.header("Access-Control-Allow-Credentials"), "");
    }
}

TEST_F(AdmissionTest, AllowsConfiguredOrigins) {  // B17
    auto changed = make_catalog();
    changed.servers.front().cors_origins = {"https://app.example.com", "null"};
    publish(changed);
    EXPECT_EQ(send({.headers = {{"Origin", "https://app.example.com"}}}).status, 401);
    EXPECT_EQ(send({.headers = {{"Origin", "null"}}}).status, 401);
}

TEST_F(AdmissionTest, AnswersPreflightsWithoutAToken) {  // B13
    const auto& answer =
        send({.method = "OPTIONS",
              .headers = {{"Origin", "http://localhost:6274"},
                          {"Access-Control-Request-Method", "POST"},
                          {"Access-Control-Request-Headers", "mcp-param-region"}}});
    EXPECT_EQ(answer.status, 204);
    const auto headers = answer.header("Access-Control-Allow-Headers");
    for (const std::string_view name :
         {"Authorization", "DPoP", "Content-Type", "Accept", "MCP-Protocol-Version",
          "Mcp-Session-Id", "Last-Event-ID", "Mcp-Method", "Mcp-Name", "traceparent",
          "mcp-param-region"}) {
        EXPECT_TRUE(headers.contains(name)) << name;
    }
    EXPECT_EQ(send({.method = "OPTIONS",
                    .headers = {{"Origin", "https://evil.example.com"},
                                {"Access-Control-Request-Method", "POST"}}})
                  .status,
              403);
}

TEST_F(AdmissionTest, AsksForNoLargeBodyBeforeItKnowsTheCaller) {
    test::FakeExchange anonymous({.body = std::string(100'000, ' ')});
    const auto refused = application().on_head(anonymous);
    EXPECT_FALSE(refused.proceed);
    EXPECT_EQ(refused.refusal.status, 401);
    auto given = call(token(claims()), std::string(100'000, ' '));
    test::FakeExchange known(given);
    const auto verdict = application().on_head(known);
    EXPECT_TRUE(verdict.proceed);
    EXPECT_EQ(verdict.max_body, 4U << 20U);
    test::FakeExchange small({.body = "{}"});
    EXPECT_TRUE(application().on_head(small).proceed);
}

}  // namespace
}  // namespace gatehouse::proxy
