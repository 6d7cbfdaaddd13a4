// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/jwt.h"
#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

using Fields = test::FakeUpstreamPool::Fields;

class ForwardTest : public test::ProxyFixture {};

TEST_F(ForwardTest, SendsTheRuntimeExactlyTheseFields) {  // H03, H04, I62, I63
    give_grant("downstream-token");
    auto given = call(token(claims()));
    given.target = "/todo/mcp?a=1&access_token=x&acc%65ss_token=y&b=%20";
    for (const auto& [name, value] : Fields{
             {"Host", "mcp.example.com"},
             {"Content-Length", "99"},
             {"Cookie", "a=b"},
             {"DPoP", "proof"},
             {"Origin", "https://mcp.example.com"},
             {"User-Agent", "client/1"},
             {"Accept-Encoding", "gzip"},
             {"Connection", "keep-alive, X-Hop, user-agent2"},
             {"X-Hop", "1"},
             {"Keep-Alive", "5"},
             {"TE", "trailers"},
             {"Proxy-Authorization", "Basic x"},
             {"Forwarded", "for=x"},
             {"X-Forwarded-For", "1.2.3.4"},
             {"X-Real-IP", "1.2.3.4"},
             {"X-Gateway-User", "root"},
             {"x_gateway_user", "root"},
             {"X-GATEWAY-WORKER-SECRET", "guess"},
             {"X_Gateway_Access_Token", "mine"},
             {"x-api_key", "mine"},
             {"X-Request-Id", "mine"},
             {"Expect", "100-continue"},
             {"Last-Event-ID", "5"},
             {"baggage", "k=v"},
             {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
             {"tracestate", "a=1"},
             {"MCP-Protocol-Version", "2025-06-18"},
             {"Mcp-Method", "tools/call"},
             {"Mcp-Name", "add"},
             {"Mcp-Param-Region", "eu"},
         }) {
        given.headers.emplace_back(name, value);
    }
    (void)request(given);
    ASSERT_EQ(pool("todo").sent.size(), 1U);
    const auto& sent = pool("todo").last();
    EXPECT_EQ(sent.request_line(), "POST /mcp?a=1&b=%20 HTTP/1.1");
    EXPECT_EQ(sent.body, kToolCall);
    Fields fields = sent.fields();
    ASSERT_FALSE(fields.empty());
    const auto assertion = sent.field("X-Gateway-Assertion");
    const auto request_id = sent.field("X-Request-Id");
    EXPECT_EQ(request_id.size(), 32U);
    EXPECT_EQ(fields,
              (Fields{{"Host", "127.0.0.1:9000"},
                      {"Content-Type", "application/json"},
                      {"User-Agent", "client/1"},
                      {"tracestate", "a=1"},
                      {"MCP-Protocol-Version", "2025-06-18"},
                      {"Mcp-Method", "tools/call"},
                      {"Mcp-Name", "add"},
                      {"Mcp-Param-Region", "eu"},
                      {"Accept", "application/json, text/event-stream"},
                      {"Content-Length", std::to_string(kToolCall.size())},
                      {"X-Request-Id", request_id},
                      {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                      {"X-Gateway-User", "u1"},
                      {"X-Gateway-Client", "c1"},
                      {"X-Gateway-Scope", "todos.read"},
                      {"X-Gateway-Email", "ann@example.com"},
                      {"X-Gateway-Groups", "staff,ops"},
                      {"X-Gateway-Assertion", assertion},
                      {"X-Gateway-Worker-Secret", "worker-secret"},
                      {"X-Api-Key", "api-key"},
                      {"X-Gateway-Access-Token", "downstream-token"}}));
    EXPECT_FALSE(sent.head.contains(given.headers.front().second));
}

TEST_F(ForwardTest, LeavesJudgedFieldsOutOfReachOfConnection) {  // H04
    auto given = open_call();
    given.headers.emplace_back("Connection", "MCP-Protocol-Version, mcp-method, Content-Type");
    given.headers.emplace_back("Connection", "X-Request-Id, Mcp_Name, X-Hop, user_agent");
    given.headers.emplace_back("MCP-Protocol-Version", "2025-06-18");
    given.headers.emplace_back("Mcp-Method", "tools/call");
    given.headers.emplace_back("Mcp-Name", "add");
    given.headers.emplace_back("X-Hop", "1");
    given.headers.emplace_back("User-Agent", "client/1");
    (void)request(given);
    const auto& sent = pool().last();
    EXPECT_EQ(sent.field("MCP-Protocol-Version"), "2025-06-18");
    EXPECT_EQ(sent.field("Mcp-Method"), "tools/call");
    EXPECT_EQ(sent.field("Mcp-Name"), "add");
    EXPECT_EQ(sent.field("Content-Type"), "application/json");
    EXPECT_EQ(sent.field("X-Request-Id").size(), 32U);
    EXPECT_EQ(sent.field("X-Hop"), "");
    EXPECT_EQ(sent.field("User-Agent"), "");
    EXPECT_EQ(sent.field("Connection"), "");
}

TEST_F(ForwardTest, DropsWhatWouldMakeAnotherRequestOfIt) {  // H04, H26
    auto given = open_call();
    std::vector<std::string> names{"X-HTTP-Method-Override", "X-HTTP-Method",  "X-Method-Override",
                                   "x_http_method_override", "X-Original-URL", "X-Rewrite-URL",
                                   "Mcp_Session_Id",         "content_length", "HTTP2-Settings",
                                   "Transfer_Encoding"};
    names.push_back("X-Gateway-" + std::string(80, 'x'));
    for (const std::string& name : names) {
        given.headers.emplace_back(name, "DELETE");
    }
    (void)request(given);
    EXPECT_FALSE(pool().last().head.contains("DELETE")) << pool().last().head;
}

TEST_F(ForwardTest, NeverSendsAClientsOwnSpellingOfAConfiguredName) {  // contract 11
    auto changed = make_catalog();
    changed.servers.back().worker.static_headers.emplace_back("User-Agent", Secret("ours"));
    changed.servers.back().worker.secret_header = "X-" + std::string(70, 'k');
    publish(changed);
    auto given = open_call();
    given.headers.emplace_back("user-agent", "theirs");
    given.headers.emplace_back("x_" + std::string(70, 'K'), "theirs");
    (void)request(given);
    EXPECT_EQ(pool().last().field("User-Agent"), "ours");
    EXPECT_FALSE(pool().last().head.contains("theirs"));
}

TEST_F(ForwardTest, RelaysNothingThatABrowserWouldFollow) {  // H05, I87
    auto& answer = request(open_call());
    pool().last().answer(200,
                         {{"Content-Type", "application/json"},
                          {"Connection", "content-type, X-Hop"},
                          {"Link", "</x>; rel=preload"},
                          {"SourceMap", "/x"},
                          {"X-SourceMap", "/x"},
                          {"Refresh", "0; url=/x"},
                          {"X-Content-Type-Options", "none"},
                          {"set_cookie", "a=b"},
                          {"X-Hop", "1"}},
                         kResult);
    EXPECT_EQ(answer.headers, (Fields{{"Content-Type", "application/json"},
                                      {"X-Content-Type-Options", "nosniff"},
                                      {"Cache-Control", "no-store"},
                                      {"X-Request-Id", pool().last().field("X-Request-Id")}}));
}

TEST_F(ForwardTest, SignsWhatItAsserts) {
    give_grant("t");
    (void)request(call(token(claims())));
    const auto first = pool("todo").last().field("X-Gateway-Assertion");
    const auto jwt = crypto::verify_jwt(first, trust_.get()->keys, {crypto::Alg::kEs256});
    ASSERT_TRUE(jwt.has_value());
    EXPECT_EQ(json::get_string(jwt->header, "typ"), "gatehouse-assertion+jwt");
    EXPECT_EQ(json::get_string(jwt->claims, "aud"), "http://127.0.0.1:9000/mcp");
    EXPECT_EQ(json::get_string(jwt->claims, "iss"), "https://mcp.example.com");
    EXPECT_EQ(json::get_string(jwt->claims, "server"), "todo");
    EXPECT_EQ(json::get_string(jwt->claims, "sub"), "u1");
    EXPECT_EQ(json::get_string(jwt->claims, "email"), "ann@example.com");
    EXPECT_EQ(*json::get_int(jwt->claims, "exp") - *json::get_int(jwt->claims, "iat"), 60);
    // It must not pass for an access token.
    EXPECT_EQ(request(call(first)).status, 401);
    clock_.advance(std::chrono::seconds{29});
    (void)request(call(token(claims())));
    EXPECT_EQ(pool("todo").last().field("X-Gateway-Assertion"), first);
    clock_.advance(std::chrono::seconds{2});
    (void)request(call(token(claims())));
    EXPECT_NE(pool("todo").last().field("X-Gateway-Assertion"), first);
}

TEST_F(ForwardTest, SendsABearerTokenWhereTheServerWantsThat) {
    auto changed = make_catalog();
    changed.servers.front().worker.token_header = "Authorization";
    publish(changed);
    give_grant("downstream-token");
    (void)request(call(token(claims())));
    EXPECT_EQ(pool("todo").last().field("Authorization"), "Bearer downstream-token");
}

TEST_F(ForwardTest, BeginsATraceUnlessAValidOneComes) {  // H11
    for (const std::string value :
         {"", "00-0-0-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
          "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
        auto given = open_call();
        given.headers.emplace_back("traceparent", value);
        given.headers.emplace_back("tracestate", "a=1");
        (void)request(given);
        const auto sent = pool().last().field("traceparent");
        EXPECT_EQ(sent.size(), 55U);
        EXPECT_NE(sent, value);
        EXPECT_EQ(sent.substr(3, 32), journal_.intents.back().trace_id);
        EXPECT_EQ(pool().last().field("tracestate"), "");
    }
}

TEST_F(ForwardTest, CompletesAccept) {  // H07
    for (const auto& [given_value, sent_value] :
         Fields{{"*/*", "application/json, text/event-stream"},
                {"application/json", "application/json"},
                {"text/event-stream, application/json;q=0.5",
                 "application/json, text/event-stream"}}) {
        auto given = open_call();
        given.headers[2].second = given_value;
        (void)request(given);
        EXPECT_EQ(pool().last().field("Accept"), sent_value);
    }
}

TEST_F(ForwardTest, RelaysAnAnswerByteForByteInOneWrite) {
    auto& answer = request(open_call());
    pool().last().answer(200,
                         {{"Content-Type", "application/json"},
                          {"Set-Cookie", "a=b"},
                          {"WWW-Authenticate", "Bearer"},
                          {"Access-Control-Allow-Origin", "*"},
                          {"Location", "http://127.0.0.1:9001/x"},
                          {"Connection", "X-Hop"},
                          {"X-Hop", "1"},
                          {"Server", "uvicorn"},
                          {"Transfer-Encoding", "chunked"},
                          {"X-Gateway-Worker-Secret", "echo"},
                          {"MCP-Protocol-Version", "2025-06-18"},
                          {"Retry-After", "3"}},
                         kResult);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body_out, kResult);
    EXPECT_EQ(answer.content_length, static_cast<std::int64_t>(kResult.size()));
    EXPECT_EQ(answer.writes, 1);
    EXPECT_EQ(answer.end, test::FakeExchange::End::kFinished);
    EXPECT_EQ(answer.headers,  // H05
              (Fields{{"Content-Type", "application/json"},
                      {"MCP-Protocol-Version", "2025-06-18"},
                      {"Retry-After", "3"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Cache-Control", "no-store"},
                      {"X-Request-Id", pool().last().field("X-Request-Id")}}));
    EXPECT_EQ(application().open_calls(), 0U);
}

TEST_F(ForwardTest, CollectsAnAnswerThatComesInPieces) {
    auto& answer = request(open_call());
    pool().last().answer(200, kJson, kResult.substr(0, 10), false);
    pool().last().more(kResult.substr(10, 10));
    EXPECT_EQ(answer.writes, 0);
    pool().last().more(kResult.substr(20), true);
    EXPECT_EQ(answer.body_out, kResult);
    EXPECT_EQ(answer.writes, 1);
}

TEST_F(ForwardTest, StreamsAnAnswerTooLargeToCollect) {
    auto& answer = request(open_call());
    pool().last().answer(200, kJson, "", false);
    const std::string block(1U << 20U, 'x');
    for (int i = 0; i < 6; ++i) {
        pool().last().more(block);
    }
    EXPECT_EQ(answer.content_length, -1);
    pool().last().more("", true);
    EXPECT_EQ(answer.body_out.size(), 6U << 20U);
    EXPECT_EQ(answer.end, test::FakeExchange::End::kFinished);
}

TEST_F(ForwardTest, RelaysOtherStatusesUntouched) {  // H27
    for (const int status : {202, 400, 404, 405, 500}) {
        auto& answer = request(open_call());
        pool().last().answer(status, {}, status == 202 ? "" : "text");
        EXPECT_EQ(answer.status, status);
        EXPECT_EQ(answer.body_out, status == 202 ? "" : "text");
    }
}

TEST_F(ForwardTest, NeverRelaysRedirectsOrChallenges) {  // H05, H89
    for (const int status : {302, 307, 401, 407, 600, 999}) {
        auto& answer = request(open_call());
        pool().last().answer(status, {{"Location", "http://elsewhere/"}}, "");
        EXPECT_EQ(answer.status, 502);
        EXPECT_EQ(answer.header("Location"), "");
        EXPECT_TRUE(answer.body_out.contains("-32603"));
        EXPECT_TRUE(answer.body_out.contains(R"("id":7)"));
    }
}

TEST_F(ForwardTest, AnswersForARuntimeThatFails) {  // H89, H91
    for (const auto& [error, status, code] :
         {std::tuple{http::UpstreamError::kConnect, 502, "-32603"},
          std::tuple{http::UpstreamError::kUnavailable, 503, "-32603"},
          std::tuple{http::UpstreamError::kClosed, 502, "-32603"},
          std::tuple{http::UpstreamError::kBadAnswer, 502, "-32603"},
          std::tuple{http::UpstreamError::kTimeout, 504, "-31004"}}) {
        auto& answer = request(open_call());
        pool().last().fail(error);
        settle();
        EXPECT_EQ(answer.status, status);
        EXPECT_TRUE(answer.body_out.contains(code));
        EXPECT_EQ(journal_.outcomes.back().second.http_status, status);
    }
    EXPECT_EQ(pool().sent.size(), 5U);  // H66
    EXPECT_EQ(application().open_calls(), 0U);
}

TEST_F(ForwardTest, TriesAnotherReplicaOnlyWhenNothingWasSent) {
    auto changed = make_catalog();
    changed.servers.back().runtimes = {"http://127.0.0.1:9001/mcp", "http://127.0.0.1:9002/mcp"};
    publish(changed);
    auto& answer = request(open_call());
    ASSERT_EQ(pool("open", 0).sent.size(), 1U);
    pool("open", 0).last().fail(http::UpstreamError::kConnect);
    settle();
    ASSERT_EQ(pool("open", 1).sent.size(), 1U);
    EXPECT_EQ(pool("open", 1).last().field("Host"), "127.0.0.1:9002");
    EXPECT_EQ(journal_.intents.size(), 1U);
    pool("open", 1).last().fail(http::UpstreamError::kClosed);
    settle();
    EXPECT_EQ(answer.status, 502);
    EXPECT_EQ(pool("open", 0).sent.size(), 1U);
}

TEST_F(ForwardTest, PassesOverAReplicaThatIsNotAvailable) {
    auto changed = make_catalog();
    changed.servers.back().runtimes = {"http://127.0.0.1:9001/mcp", "http://127.0.0.1:9002/mcp"};
    publish(changed);
    pool("open", 0).available = false;
    request(open_call());
    request(open_call());
    EXPECT_EQ(pool("open", 0).sent.size(), 0U);
    EXPECT_EQ(pool("open", 1).sent.size(), 2U);
    // Where all are out of order the first choice is asked, and says so.
    pool("open", 1).available = false;
    request(open_call());
    EXPECT_EQ(pool("open", 0).sent.size() + pool("open", 1).sent.size(), 3U);
}

TEST_F(ForwardTest, CancelsTheRuntimeWhenTheClientLeaves) {  // H48, H49
    auto& answer = request(open_call());
    answer.leave();
    EXPECT_TRUE(pool().last().cancelled);
    EXPECT_EQ(journal_.outcomes.back().second.http_status, 499);
    EXPECT_EQ(application().open_calls(), 0U);
}

}  // namespace
}  // namespace gatehouse::proxy
