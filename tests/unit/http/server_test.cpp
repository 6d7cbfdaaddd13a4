// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "support/server_fixture.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: gw\r\n\r\n";
const std::string kPost = "POST /p HTTP/1.1\r\nHost: gw\r\nContent-Length: 5\r\n\r\nhello";
const std::string kChunked =
    "POST /c HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nT: v\r\n\r\n";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

class ServerTest : public test::ServerFixture {};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
    auto peer = connect();
    for (int i = 0; i < 3; ++i) {
        peer.send(kGet);
        EXPECT_EQ(peer.read_response(),
                  "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Date: Wed, 18 Nov 2026 11:06:40 GMT\r\nContent-Length: 7\r\n\r\nGET /a ");
    }
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(ServerTest, ServesRequestsThatArriveByteByByte) {
    auto peer = connect();
    for (const auto& request : {kGet, kPost, kChunked}) {
        for (const char c : request) {
            peer.send({&c, 1});
            loop_->run_once(0ms);
        }
    }
    EXPECT_TRUE(contains(peer.read_response(), "GET /a "));
    EXPECT_TRUE(contains(peer.read_response(), "POST /p hello"));
    EXPECT_TRUE(contains(peer.read_response(), "POST /c abcdefg"));
    EXPECT_EQ(application_.heads, 3);
}

TEST_F(ServerTest, ServesRequestsCutAtEveryPlace) {
    const auto all = kPost + kChunked + kGet;
    for (std::size_t cut = 1; cut < all.size(); ++cut) {
        auto peer = connect();
        peer.send(std::string_view(all).substr(0, cut));
        test::settle(*loop_);
        peer.send(std::string_view(all).substr(cut));
        EXPECT_TRUE(contains(peer.read_response(), "POST /p hello")) << cut;
        EXPECT_TRUE(contains(peer.read_response(), "POST /c abcdefg")) << cut;
        EXPECT_TRUE(contains(peer.read_response(), "GET /a ")) << cut;
    }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    auto peer = connect();
    peer.send(kGet + kPost + kChunked + kGet);
    EXPECT_TRUE(contains(peer.read_response(), "GET /a "));
    EXPECT_TRUE(contains(peer.read_response(), "POST /p hello"));
    EXPECT_TRUE(contains(peer.read_response(), "POST /c abcdefg"));
    EXPECT_TRUE(contains(peer.read_response(), "GET /a "));
}

TEST_F(ServerTest, StartsNoRequestBeforeThePreviousIsAnswered) {
    std::vector<Exchange*> open;
    application_.serve = [&](Exchange& exchange) { open.push_back(&exchange); };
    auto peer = connect();
    peer.send(kGet + kPost);
    test::settle(*loop_);
    ASSERT_EQ(open.size(), 1U);
    open[0]->respond(text_response(200, "one"));
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return open.size() == 2; }));
    open[1]->respond(text_response(200, "two"));
    EXPECT_TRUE(contains(peer.read_response(), "one"));
    EXPECT_TRUE(contains(peer.read_response(), "two"));
}

TEST_F(ServerTest, RetainMovesEveryView) {
    std::vector<Exchange*> parked;
    application_.serve = [&](Exchange& exchange) {
        exchange.retain();
        parked.push_back(&exchange);
    };
    auto first = connect();
    first.send("POST /x?q=1 HTTP/1.1\r\nHost: gw\r\nMcp-Name: n\r\nContent-Length: 2\r\n\r\n{}");
    test::settle(*loop_);
    auto second = connect();
    second.send("PUT /something/else HTTP/1.1\r\nHost: zz\r\nContent-Length: 3\r\n\r\n[1]");
    test::settle(*loop_);
    ASSERT_EQ(parked.size(), 2U);
    const auto& head = parked[0]->head();
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/x?q=1");
    EXPECT_EQ(head.path, "/x");
    EXPECT_EQ(head.query, "q=1");
    EXPECT_EQ(head.host, "gw");
    EXPECT_EQ(head.get(HeaderId::kMcpName), "n");
    EXPECT_EQ(head.get("mcp-name"), "n");
    EXPECT_TRUE(head.has(HeaderId::kHost));
    EXPECT_EQ(parked[0]->body(), "{}");
    EXPECT_EQ(parked[1]->body(), "[1]");
    for (auto* const exchange : parked) {
        exchange->respond(text_response(204, ""));
    }
    EXPECT_TRUE(contains(first.read_response(), "204 No Content"));
}

TEST_F(ServerTest, ReleasedRequestsAreEmptyAndStillAnswered) {
    Exchange* open = nullptr;
    application_.serve = [&](Exchange& exchange) {
        if (exchange.head().method == "POST") {
            exchange.retain();
        } else {
            exchange.start({.status = 200, .headers = {}}, "a");
        }
        exchange.release_request();
        exchange.retain();
        EXPECT_EQ(exchange.body(), "");
        EXPECT_TRUE(exchange.head().headers.empty());
        open = &exchange;
    };
    auto peer = connect();
    for (const auto& request : {kPost, kGet, kPost}) {
        open = nullptr;
        peer.send(request);
        ASSERT_TRUE(test::turn_until(*loop_, [&] { return open != nullptr; }));
        if (request == kPost) {
            open->respond(text_response(200, "x"));
            EXPECT_TRUE(peer.read_response().ends_with("x"));
        } else {
            open->finish();
            EXPECT_TRUE(peer.read_until("0\r\n\r\n").contains("a"));
        }
    }
}

TEST_F(ServerTest, SendsNoBodyToHead) {
    auto peer = connect();
    peer.send("HEAD /a HTTP/1.1\r\nHost: gw\r\n\r\n");
    EXPECT_TRUE(contains(peer.read_response(0), "Content-Length: 8\r\n"));
    peer.send(kGet);
    EXPECT_TRUE(peer.read_response().ends_with("GET /a "));
}

TEST_F(ServerTest, SendsNoLengthWithNoContent) {
    application_.serve = [](Exchange& exchange) { exchange.respond(Response{.status = 204}); };
    auto peer = connect();
    peer.send(kGet);
    EXPECT_FALSE(contains(peer.read_response(), "Content-Length"));
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
    const auto answer = ask_once("GET /a HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(contains(answer, "Connection: close\r\n"));
    EXPECT_TRUE(answer.ends_with("GET /a "));
}

TEST_F(ServerTest, ClosesAfterOldVersions) {
    EXPECT_TRUE(contains(ask_once("GET /a HTTP/1.0\r\n\r\n"), "Connection: close\r\n"));
}

TEST_F(ServerTest, WritesFieldsOfTheResponseButNotItsFraming) {
    application_.serve = [](Exchange& exchange) {
        exchange.respond({.status = 200,
                          .headers = {{"X-A", "b"},
                                      {"Content-Length", "999"},
                                      {"Transfer-Encoding", "chunked"},
                                      {"Connection", "upgrade"},
                                      {"X-Split", "a\r\nX-Evil: 1"},
                                      {"Date", "now"}},
                          .body = "ok"});
    };
    auto peer = connect();
    peer.send(kGet);
    EXPECT_EQ(peer.read_response(),
              "HTTP/1.1 200 OK\r\nX-A: b\r\nDate: now\r\nContent-Length: 2\r\n\r\nok");
}

TEST_F(ServerTest, InvitesABodyThatTheClientHoldsBack) {
    auto peer = connect();
    peer.send("POST /p HTTP/1.1\r\nHost: gw\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    peer.send("hi");
    EXPECT_TRUE(contains(peer.read_response(), "POST /p hi"));
}

TEST_F(ServerTest, DoesNotInviteABodyThatIsThere) {
    auto peer = connect();
    peer.send(
        "POST /p HTTP/1.1\r\nHost: gw\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_TRUE(peer.read_response().starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, RefusesOtherExpectations) {
    EXPECT_TRUE(
        ask_once("POST /p HTTP/1.1\r\nHost: gw\r\nExpect: magic\r\nContent-Length: 2\r\n\r\nhi")
            .starts_with("HTTP/1.1 417 "));
}

TEST_F(ServerTest, RefusesWhatTheApplicationRefusesBeforeTheBody) {
    application_.judge = [](Exchange&) {
        return HeadVerdict{.proceed = false, .refusal = text_response(401, "who are you")};
    };
    auto peer = connect();
    peer.send("POST /p HTTP/1.1\r\nHost: gw\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    const auto answer = peer.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 "));
    EXPECT_TRUE(contains(answer, "Connection: close"));
    EXPECT_EQ(application_.requests, 0);
}

TEST_F(ServerTest, KeepsTheConnectionAfterARefusalWithAShortBody) {
    application_.judge = [](Exchange& exchange) {
        return HeadVerdict{.proceed = exchange.head().path == "/a",
                           .refusal = text_response(401, "who")};
    };
    for (const auto& refused : {kPost, kChunked}) {
        for (const std::size_t cut : {refused.size(), refused.size() - 3}) {
            auto peer = connect();
            peer.send(refused.substr(0, cut));
            EXPECT_TRUE(contains(peer.read_response(), "who"));
            peer.send(refused.substr(cut) + kGet);
            EXPECT_TRUE(contains(peer.read_response(), "GET /a "));
        }
    }
}

TEST_F(ServerTest, ClosesAfterARefusalWithALongBody) {
    application_.judge = [](Exchange&) {
        return HeadVerdict{.proceed = false, .refusal = text_response(401, "who")};
    };
    auto peer = connect();
    peer.send("POST /p HTTP/1.1\r\nHost: gw\r\nContent-Length: 5000000\r\n\r\n");
    peer.send(std::string(3'000'000, 'x'));
    const auto answer = peer.read_until("who");
    EXPECT_TRUE(contains(answer, "401") && contains(answer, "Connection: close"));
    EXPECT_FALSE(peer.was_reset());
}

// I70
TEST_F(ServerTest, AnswersSmugglingWith400AndCloses) {
    for (const auto* fields :
         {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
          "Content-Length: 3\r\nContent-Length: 3\r\n", "Transfer-Encoding: chunked, identity\r\n",
          "X-A: b\r\n c\r\n", "X-A: b\nX-B: c\r\n"}) {
        const auto answer = ask_once("POST / HTTP/1.1\r\nHost: gw\r\n"s + fields + "\r\n" + kGet);
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << fields;
        EXPECT_TRUE(contains(answer, "Connection: close"));
        EXPECT_FALSE(contains(answer, "GET /a"));
    }
    EXPECT_EQ(application_.requests, 0);
}

TEST_F(ServerTest, AnswersBadChunksWith400AndTellsTheApplication) {
    int closed = 0;
    application_.judge = [&](Exchange& exchange) {
        exchange.on_closed = [&] { ++closed; };
        return HeadVerdict{.max_body = 100};
    };
    EXPECT_TRUE(ask_once("POST / HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
                    .starts_with("HTTP/1.1 400 "));
    EXPECT_EQ(closed, 1);
}

TEST_F(ServerTest, AnswersOtherVersionsWith505) {
    EXPECT_TRUE(ask_once("GET / HTTP/2.0\r\nHost: gw\r\n\r\n").starts_with("HTTP/1.1 505 "));
}

TEST_F(ServerTest, AnswersA500WhenACallbackThrows) {
    application_.serve = [](Exchange&) { throw std::runtime_error("broken"); };
    EXPECT_TRUE(ask_once(kGet).starts_with("HTTP/1.1 500 "));
    application_.judge = [](Exchange&) -> HeadVerdict { throw 7; };
    EXPECT_TRUE(ask_once(kGet).starts_with("HTTP/1.1 500 "));
}

// H08
TEST_F(ServerTest, RefusesALongBodyByItsLengthBeforeReadingIt) {
    application_.judge = [](Exchange&) { return HeadVerdict{.max_body = 4}; };
    auto peer = connect();
    peer.send("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 5\r\n\r\n");
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 413 "));
}

// H08
TEST_F(ServerTest, RefusesALongChunkedBodyAtTheLimit) {
    auto peer = connect();
    peer.send("POST / HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n");
    const auto chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    for (int i = 0; i < 40; ++i) {
        peer.send(chunk);
    }
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 413 "));
    EXPECT_EQ(application_.requests, 0);
}

TEST_F(ServerTest, TakesABodyOfExactlyTheLimit) {
    application_.judge = [](Exchange&) { return HeadVerdict{.max_body = 5}; };
    auto peer = connect();
    peer.send(kPost);
    EXPECT_TRUE(contains(peer.read_response(), "hello"));
}

// H08
TEST_F(ServerTest, RefusesALongHead) {
    const auto answer =
        ask_once("GET / HTTP/1.1\r\nHost: gw\r\nX-A: " + std::string(40'000, 'x') + "\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 "));
    EXPECT_TRUE(ask_once(std::string(40'000, 'x')).starts_with("HTTP/1.1 400 "));
    std::string many = "GET / HTTP/1.1\r\nHost: gw\r\n";
    for (int i = 0; i < 101; ++i) {
        many += "a: b\r\n";
    }
    EXPECT_TRUE(ask_once(many + "\r\n").starts_with("HTTP/1.1 431 "));
}

TEST_F(ServerTest, RefusesALongHeadThatArrivesSlowly) {
    auto peer = connect();
    peer.send("GET / HTTP/1.1\r\nHost: gw\r\nX-A: ");
    for (int i = 0; i < 40 && peer.received().empty(); ++i) {
        peer.send(std::string(1000, 'x'));
        loop_->run_once(0ms);
    }
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 431 "));
}

TEST_F(ServerTest, ServesLargeBodies) {
    const std::string body(900'000, 'b');
    application_.serve = [](Exchange& exchange) {
        exchange.respond(text_response(200, std::string(exchange.body())));
    };
    auto peer = connect();
    peer.send("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 900000\r\n\r\n" + body + kGet);
    EXPECT_TRUE(peer.read_response().ends_with(body));
    peer.send(kGet);
    EXPECT_TRUE(contains(peer.read_response(), "200 OK"));
}

TEST_F(ServerTest, TellsTheDirectPeersAddress) {
    std::string seen;
    application_.serve = [&](Exchange& exchange) {
        seen = std::string(exchange.client_ip()) + " " + std::string(exchange.head().host);
        EXPECT_FALSE(exchange.secure());
        exchange.respond(text_response(200, ""));
    };
    auto peer = connect();
    peer.send(
        "GET / HTTP/1.1\r\nHost: gw\r\nX-Forwarded-For: 203.0.113.9\r\n"
        "X-Forwarded-Host: evil.example\r\n\r\n");
    (void)peer.read_response();
    EXPECT_EQ(seen, "127.0.0.1 gw");
}

class TrustingServerTest : public test::ServerFixture {
  protected:
    TrustingServerTest()
        : ServerFixture({.trusted_proxies = {*net::CidrBlock::parse("127.0.0.0/8"),
                                             *net::CidrBlock::parse("10.0.0.0/8")}}) {
        application_.serve = [&](Exchange& exchange) {
            exchange.respond(text_response(
                200, std::string(exchange.client_ip()) + " " + std::string(exchange.head().host)));
        };
    }

    std::string seen_with(const std::string& fields) {
        auto peer = connect();
        peer.send("GET / HTTP/1.1\r\nHost: gw\r\n" + fields + "\r\n");
        const auto answer = peer.read_response();
        return answer.substr(answer.find("\r\n\r\n") + 4);
    }
};

TEST_F(TrustingServerTest, TakesTheRightmostEntryThatIsNoProxy) {
    EXPECT_EQ(seen_with(""), "127.0.0.1 gw");
    EXPECT_EQ(seen_with("X-Forwarded-For: 203.0.113.9\r\n"), "203.0.113.9 gw");
    EXPECT_EQ(seen_with("X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1\r\n"), "203.0.113.9 gw");
    EXPECT_EQ(seen_with("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9\r\n"),
              "203.0.113.9 gw");
    EXPECT_EQ(seen_with("X-Forwarded-For: [2001:db8::1]:99\r\n"), "2001:db8::1 gw");
    EXPECT_EQ(seen_with("X-Forwarded-For: 203.0.113.9:4711\r\n"), "203.0.113.9 gw");
    EXPECT_EQ(seen_with("X-Forwarded-For: 10.2.2.2, 10.1.1.1\r\n"), "10.2.2.2 gw");
    EXPECT_EQ(seen_with("X-Forwarded-For: 203.0.113.9, unknown\r\n"), "127.0.0.1 gw");
}

TEST_F(TrustingServerTest, TakesTheForwardedHost) {
    EXPECT_EQ(seen_with("X-Forwarded-Host: public.example\r\n"), "127.0.0.1 public.example");
    EXPECT_EQ(seen_with("X-Forwarded-Host: a, b\r\n"), "Bad Request\n");
    EXPECT_EQ(seen_with("X-Forwarded-Host: a\r\nX-Forwarded-Host: a\r\n"), "Bad Request\n");
}

}  // namespace
}  // namespace gatehouse::http
