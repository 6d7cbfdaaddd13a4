// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "http/client.h"
#include "support/canned_http_server.h"
#include "support/temp_dir.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;

constexpr auto* kOk =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: a=1\r\nX-Two: 1\r\n"
    "X-Two:  2 \r\nContent-Length: 2\r\n\r\n{}";

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

class CurlClientTest : public testing::Test {
  protected:
    std::unique_ptr<Client> client_ = make_curl_client("");
};

TEST_F(CurlClientTest, AsksAndReadsTheAnswer) {
    const test::CannedHttpServer server(kOk);
    const auto answer =
        client_->send({.url = server.origin() + "/a/../b?q=%20",
                       .headers = {{"Accept", "application/json"}, {"X-Empty", ""}}});
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "{}");
    EXPECT_EQ(answer->headers.get("content-type"), "application/json");
    EXPECT_EQ(answer->headers.get_all("x-two"), (std::vector<std::string_view>{"1", "2"}));
    const auto request = server.requests().at(0);
    EXPECT_TRUE(request.starts_with("GET /a/../b?q=%20 HTTP/1.1\r\n")) << request;
    EXPECT_TRUE(has(request, "\r\nUser-Agent: gatehouse\r\n"));
    EXPECT_TRUE(has(request, "\r\nAccept: application/json\r\n"));
    EXPECT_TRUE(has(request, "\r\nX-Empty:\r\n"));
}

TEST_F(CurlClientTest, SendsBodiesAsTheyAre) {
    const test::CannedHttpServer server(kOk);
    for (const auto* method : {"POST", "PUT", "DELETE"}) {
        ASSERT_TRUE(client_->send({.method = method, .url = server.origin(), .body = "a=b"}));
        const auto request = server.requests().back();
        EXPECT_TRUE(request.starts_with(std::string(method) + " / HTTP/1.1\r\n")) << request;
        EXPECT_TRUE(has(request, "\r\nContent-Length: 3\r\n"));
        EXPECT_TRUE(request.ends_with("\r\n\r\na=b"));
        EXPECT_FALSE(has(request, "Content-Type") || has(request, "Expect"));
    }
    ASSERT_TRUE(client_->send({.method = "POST", .url = server.origin()}));
    EXPECT_TRUE(has(server.requests().back(), "\r\nContent-Length: 0\r\n"));
}

TEST_F(CurlClientTest, ReadsNoBodyForHead) {
    const test::CannedHttpServer server(kOk);
    const auto answer = client_->send({.method = "HEAD", .url = server.origin()});
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->body.empty());
}

TEST_F(CurlClientTest, GivesErrorStatusesAsAnswers) {
    const test::CannedHttpServer server("HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nlate");
    const auto answer = client_->send({.url = server.origin()});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->body, "late");
}

// I31
TEST_F(CurlClientTest, FollowsNoRedirect) {
    const test::CannedHttpServer server(
        "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
    const auto answer = client_->send({.url = server.origin()});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(answer->headers.get("location"), "http://169.254.169.254/");
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(CurlClientTest, KeepsNoCookies) {
    const test::CannedHttpServer server(kOk);
    ASSERT_TRUE(client_->send({.url = server.origin()}));
    ASSERT_TRUE(client_->send({.url = server.origin()}));
    EXPECT_FALSE(has(server.requests().at(1), "Cookie"));
}

TEST_F(CurlClientTest, UsesNoProxyOfTheEnvironment) {
    const test::CannedHttpServer server(kOk);
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    const auto answer = client_->send({.url = server.origin()});
    ::unsetenv("http_proxy");
    EXPECT_TRUE(answer);
}

TEST_F(CurlClientTest, DropsInterimHeaders) {
    const test::CannedHttpServer server(
        "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
        "0\r\n\r\n");
    const auto answer = client_->send({.url = server.origin()});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_FALSE(answer->headers.get("x-early"));
}

TEST_F(CurlClientTest, StopsAtTheLargestBody) {  // C22, I33
    const auto answer_of = [](std::size_t size) {
        return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(size, 'x');
    };
    const test::CannedHttpServer fits(answer_of(1000));
    EXPECT_EQ(client_->send({.url = fits.origin(), .max_body = 1000})->body.size(), 1000U);
    const test::CannedHttpServer exceeds(answer_of(1001));
    EXPECT_EQ(client_->send({.url = exceeds.origin(), .max_body = 1000}).error().code,
              ErrorCode::kTooLarge);
}

TEST_F(CurlClientTest, StopsAtTooManyHeaders) {
    std::string answer = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 201; ++i) {
        answer += "A: b\r\n";
    }
    const test::CannedHttpServer server(answer + "\r\n");
    EXPECT_EQ(client_->send({.url = server.origin()}).error().code, ErrorCode::kTooLarge);
}

TEST_F(CurlClientTest, GivesUpAtTheDeadline) {  // C22, I33
    const test::CannedHttpServer server("");
    const auto answer = client_->send({.url = server.origin(), .timeout = 50ms});
    EXPECT_EQ(answer.error().code, ErrorCode::kTimeout);
}

TEST_F(CurlClientTest, ReportsBrokenAnswersAsUnavailable) {
    for (const auto* bad :
         {"garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/"}) {
        const test::CannedHttpServer server(bad);
        const auto answer = client_->send({.url = server.origin()});
        ASSERT_FALSE(answer) << bad;
        EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable) << bad;
    }
}

TEST_F(CurlClientTest, NeverRepeatsASentBody) {
    const test::CannedHttpServer server(" ");
    EXPECT_FALSE(client_->send({.method = "POST", .url = server.origin(), .body = "code=1"}));
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(CurlClientTest, TellsNoSecretOfAUrlItCannotReach) {
    std::string origin;
    {
        const test::CannedHttpServer server(kOk);
        origin = server.origin();
    }
    const auto answer = client_->send({.url = origin + "/path?code=hush"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(has(answer.error().detail, origin));
    EXPECT_FALSE(has(describe(answer.error()), "hush"));
    EXPECT_FALSE(has(describe(answer.error()), "path"));
}

TEST_F(CurlClientTest, RefusesOtherUrlsAndSplitHeaders) {
    for (const auto* url : {"file:///etc/passwd", "ftp://a/b", "gopher://a/b", "http://u:p@a/", "a",
                            "http://a b/", "http://0x7f.1/"}) {
        EXPECT_EQ(client_->send({.url = url}).error().code, ErrorCode::kInvalid) << url;
    }
    const test::CannedHttpServer server(kOk);
    for (const Header& field :
         {Header{"X", "a\r\nB: c"}, Header{"X", "a\nb"}, Header{"X\r\nB", "c"}, Header{"", "c"},
          Header{"X", std::string("a\0b", 3)}}) {
        EXPECT_EQ(client_->send({.url = server.origin(), .headers = {field}}).error().code,
                  ErrorCode::kInvalid);
    }
    EXPECT_EQ(client_->send({.method = "GET /x", .url = server.origin()}).error().code,
              ErrorCode::kInvalid);
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(CurlClientTest, ServesManyThreads) {
    const test::CannedHttpServer server(kOk);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 12; ++i) {
            threads.emplace_back([&] { EXPECT_TRUE(client_->send({.url = server.origin()})); });
        }
    }
    EXPECT_EQ(server.requests().size(), 12U);
}

TEST(CurlClientAuthorities, RefusesToGoOnWithoutTheFile) {
    const test::TempDir dir;
    const test::CannedHttpServer server(kOk);
    auto client = make_curl_client(dir / "missing.pem");
    const auto answer = client->send({.url = server.origin()});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(answer.error().detail, "cannot read " + (dir / "missing.pem"));
}

}  // namespace
}  // namespace gatehouse::http
