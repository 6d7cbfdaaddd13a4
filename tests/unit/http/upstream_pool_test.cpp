// SPDX-License-Identifier: Apache-2.0
#include "http/upstream_pool.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"
#include "support/loop_peer.h"
#include "support/upstream_answer.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using test::settle;
using test::turn_until;

const std::string kHead = "GET /x HTTP/1.1\r\nHost: rt\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

using test::Answer;
using test::Heard;

class UpstreamPoolTest : public testing::Test {
  protected:
    UpstreamPoolTest() { make_pool({}); }

    void make_pool(UpstreamOptions options) {
        pool_ = make_upstream_pool(
            *loop_, {.addresses = {*net::IpAddress::parse("127.0.0.1")}, .port = runtime_.port()},
            options);
    }

    std::unique_ptr<UpstreamCall> call(Answer& answer,
                                       std::string_view body = {},
                                       std::string_view head = kHead) {
        return pool_->send({.head = head, .body = body}, answer);
    }

    /// One whole exchange that leaves a kept-alive connection; its other end.
    test::LoopPeer warm_up() {
        Answer answer;
        const auto handle = call(answer);
        auto peer = runtime_.accept();
        (void)peer.read_until("\r\n\r\n");
        peer.send(kOk);
        EXPECT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
        return peer;
    }

    /// What a listener hears when the runtime sends `text` and, perhaps, ends.
    Heard hear(const std::string& text, bool end = false, bool head_request = false) {
        settle(*loop_);  // earlier connections have ended
        Answer answer;
        const auto handle =
            pool_->send({.head = kHead, .body = {}, .has_no_response_body = head_request}, answer);
        auto peer = runtime_.accept();
        (void)peer.read_until("\r\n\r\n");
        peer.send(text);
        if (end) {
            settle(*loop_);
            peer.close();
        }
        EXPECT_TRUE(turn_until(*loop_, [&] { return answer.ended(); })) << text;
        settle(*loop_);
        return static_cast<const Heard&>(answer);
    }

    void pass(std::chrono::milliseconds time) {
        for (auto left = time; left > 0ms; left -= 1s) {
            clock_.advance(std::min<std::chrono::milliseconds>(left, 1s));
            loop_->run_once(0ms);
        }
        settle(*loop_);
    }

    test::FakeClock clock_;
    std::unique_ptr<net::EventLoop> loop_ = *net::EventLoop::create(clock_);
    test::LoopListener runtime_{*loop_};
    std::unique_ptr<UpstreamPool> pool_;
};

TEST_F(UpstreamPoolTest, SendsHeadAndBodyAndTellsAShortAnswerAtOnce) {
    Answer answer;
    const auto handle = call(answer, "{\"a\":1}");
    auto peer = runtime_.accept();
    EXPECT_EQ(peer.read_until("}"), kHead + "{\"a\":1}");
    peer.send("HTTP/1.1 201 Created\r\nContent-Type: t/x\r\nContent-Length: 5\r\n\r\nhello");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.type, "t/x");
    EXPECT_EQ(answer.length, 5);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.pieces, 1U);
}

TEST_F(UpstreamPoolTest, UsesAConnectionAgain) {
    auto peer = warm_up();
    for (int i = 0; i < 3; ++i) {
        Answer answer;
        const auto handle = call(answer);
        EXPECT_EQ(peer.read_until("\r\n\r\n"), kHead);
        peer.send(kOk);
        ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
    }
    EXPECT_FALSE(runtime_.has_connection());
}

TEST_F(UpstreamPoolTest, ReadsAnswersByteByByte) {
    const std::string chunked =
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_.accept();
    for (const char c : chunked) {
        peer.send({&c, 1});
        settle(*loop_);
    }
    ASSERT_TRUE(answer.done);
    EXPECT_EQ(answer.body, "abcde");
    EXPECT_EQ(answer.heads, 1);
    EXPECT_EQ(answer.length, -1);
}

TEST_F(UpstreamPoolTest, StreamsWhatArrives) {
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_.accept();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.heads == 1; }));
    for (int i = 1; i <= 3; ++i) {
        peer.send("8\r\ndata: 1\n\r\n");
        ASSERT_TRUE(turn_until(*loop_, [&] { return answer.pieces == 1 + std::size_t(i); }));
    }
    EXPECT_FALSE(answer.ended());
    peer.send("0\r\n\r\n");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
    EXPECT_EQ(answer.body, "data: 1\ndata: 1\ndata: 1\n");
}

TEST_F(UpstreamPoolTest, KnowsAnswersWithoutABody) {
    EXPECT_EQ(hear("HTTP/1.1 204 No Content\r\n\r\n").body, "");
    EXPECT_EQ(hear("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").body, "");
    EXPECT_EQ(hear("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").body, "");
    const auto head = hear("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, true);
    EXPECT_TRUE(head.done);
    EXPECT_EQ(head.length, 5);
}

TEST_F(UpstreamPoolTest, TakesTheEndOfTheConnectionAsTheEndOfAnUnframedBody) {
    const auto answer = hear("HTTP/1.1 200 OK\r\n\r\nhello", true);
    EXPECT_TRUE(answer.done);
    EXPECT_EQ(answer.body, "hello");
}

TEST_F(UpstreamPoolTest, TellsBrokenAnswers) {
    EXPECT_EQ(hear("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true).error,
              UpstreamError::kClosed);
    EXPECT_EQ(hear("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true).error,
              UpstreamError::kClosed);
    EXPECT_EQ(hear("HTTP/1.1 200", true).error, UpstreamError::kClosed);
    EXPECT_EQ(hear("", true).error, UpstreamError::kClosed);
}

TEST_F(UpstreamPoolTest, RefusesBadAnswers) {
    for (const auto* text :
         {"nonsense\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
          "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 099 Odd\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
        EXPECT_EQ(hear(text).error, UpstreamError::kBadAnswer) << text;
    }
    EXPECT_EQ(hear("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')).error,
              UpstreamError::kBadAnswer);
    std::string interims;
    for (int i = 0; i < 40; ++i) {
        interims += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    EXPECT_EQ(hear(interims + kOk).error, UpstreamError::kBadAnswer);
}

TEST_F(UpstreamPoolTest, DoesNotKeepConnectionsThatMayNotBeKept) {
    for (const std::string text :
         {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"}) {
        Answer answer;
        const auto handle = call(answer);
        auto peer = runtime_.accept();
        (void)peer.read_until("\r\n\r\n");
        peer.send(text);
        ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
        EXPECT_EQ(peer.read_to_end(), "") << text;
    }
}

TEST_F(UpstreamPoolTest, ReplacesAPooledConnectionThatTheRuntimeClosed) {
    auto old = warm_up();
    pass(5s);
    old.close();
    // The loop has not turned since, so that it cannot have heard of the end.
    Answer answer;
    const auto handle = call(answer, "body");
    auto peer = runtime_.accept();
    EXPECT_EQ(peer.read_until("body"), kHead + "body");
    peer.send(kOk);
    EXPECT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
}

TEST_F(UpstreamPoolTest, ForgetsAPooledConnectionWhenItsEndIsHeard) {
    {
        auto peer = warm_up();
    }
    settle(*loop_);
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_.accept();
    peer.send(kOk);
    EXPECT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
}

TEST_F(UpstreamPoolTest, ForgetsAPooledConnectionThatSpeaksUnasked) {
    auto peer = warm_up();
    peer.send("HTTP/1.1 408 Request Timeout\r\n\r\n");
    EXPECT_EQ(peer.read_to_end(), "");
}

// H66
TEST_F(UpstreamPoolTest, NeverSendsARequestTwiceOnceItMayHaveArrived) {
    auto peer = warm_up();
    Answer answer;
    const auto handle = call(answer, "body");
    EXPECT_EQ(peer.read_until("body"), kHead + "body");
    peer.close();
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.ended(); }));
    EXPECT_EQ(answer.error, UpstreamError::kClosed);
    EXPECT_FALSE(runtime_.has_connection());
}

TEST_F(UpstreamPoolTest, ExpiresIdleConnections) {
    auto peer = warm_up();
    pass(28s);
    EXPECT_FALSE(peer.closed_now());
    pass(4s);
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(UpstreamPoolTest, KeepsNoMoreIdleConnectionsThanItMay) {
    make_pool({.max_idle_connections = 1});
    Answer first, second;
    const auto one = call(first);
    auto peer_one = runtime_.accept();
    const auto two = call(second);
    auto peer_two = runtime_.accept();
    peer_one.send(kOk);
    peer_two.send(kOk);
    ASSERT_TRUE(turn_until(*loop_, [&] { return first.done && second.done; }));
    EXPECT_NE(peer_one.closed_now(), peer_two.closed_now());
}

TEST_F(UpstreamPoolTest, TellsThatNobodyListensAfterSendReturned) {
    runtime_.close();
    Answer answer;
    const auto handle = call(answer);
    EXPECT_FALSE(answer.ended());
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.ended(); }));
    EXPECT_EQ(answer.error, UpstreamError::kConnect);
}

TEST_F(UpstreamPoolTest, TriesTheNextAddress) {
    pool_ = make_upstream_pool(
        *loop_,
        {.addresses = {*net::IpAddress::parse("127.0.0.2"), *net::IpAddress::parse("127.0.0.1")},
         .port = runtime_.port()},
        {});
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_.accept();
    peer.send(kOk);
    EXPECT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
}

TEST_F(UpstreamPoolTest, TimesOutConnecting) {
    // TEST-NET-1 leads nowhere; a machine without a route says so at once, which is kConnect too.
    pool_ = make_upstream_pool(*loop_,
                               {.addresses = {*net::IpAddress::parse("192.0.2.1")}, .port = 9}, {});
    Answer answer;
    const auto handle = call(answer);
    pass(7s);
    ASSERT_TRUE(answer.ended());
    EXPECT_EQ(answer.error, UpstreamError::kConnect);
}

TEST_F(UpstreamPoolTest, TimesOutWaitingForTheFirstByte) {
    Answer answer;
    const auto handle = pool_->send(
        {.head = kHead, .body = {}, .first_byte_timeout = 10s, .idle_timeout = 60s}, answer);
    auto peer = runtime_.accept();
    (void)peer.read_until("\r\n\r\n");
    pass(9s);
    EXPECT_FALSE(answer.ended());
    pass(3s);
    EXPECT_EQ(answer.error, UpstreamError::kTimeout);
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(UpstreamPoolTest, TimesOutAnAnswerThatFallsSilent) {
    Answer answer;
    const auto handle = pool_->send(
        {.head = kHead, .body = {}, .first_byte_timeout = 10s, .idle_timeout = 60s}, answer);
    auto peer = runtime_.accept();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.heads == 1; }));
    pass(50s);
    peer.send("1\r\na\r\n");
    settle(*loop_);
    pass(50s);
    EXPECT_FALSE(answer.ended());
    pass(12s);
    EXPECT_EQ(answer.error, UpstreamError::kTimeout);
}

TEST_F(UpstreamPoolTest, DestroyingTheCallClosesTheConnection) {
    Answer answer;
    auto handle = call(answer);
    auto peer = runtime_.accept();
    (void)peer.read_until("\r\n\r\n");
    handle.reset();
    EXPECT_EQ(peer.read_to_end(), "");
    EXPECT_FALSE(answer.ended());
}

TEST_F(UpstreamPoolTest, DestroyingTheCallBeforeItConnectedIsQuiet) {
    Answer answer;
    call(answer).reset();
    settle(*loop_);
    runtime_.close();
    call(answer).reset();
    settle(*loop_);
    EXPECT_FALSE(answer.ended());
}

TEST_F(UpstreamPoolTest, CallMayBeDestroyedInsideItsCallbacks) {
    for (const std::string& text :
         {kOk, std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"),
          std::string("HTTP/1.1 200 OK\r\n\r\nhal")}) {
        Answer answer;
        std::unique_ptr<UpstreamCall> handle;
        answer.on_piece = [&] { handle.reset(); };
        handle = call(answer);
        auto peer = runtime_.accept();
        peer.send(text);
        ASSERT_TRUE(turn_until(*loop_, [&] { return answer.heads == 1; }));
        peer.send("x");
        peer.close();
        settle(*loop_);
        EXPECT_EQ(answer.pieces, 1U);
    }
}

TEST_F(UpstreamPoolTest, DestroyingThePoolEndsCallsQuietly) {
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_.accept();
    (void)peer.read_until("\r\n\r\n");
    pool_.reset();
    handle->pause();
    handle->resume();
    EXPECT_EQ(peer.read_to_end(), "");
    EXPECT_FALSE(answer.ended());
}

// H62
TEST_F(UpstreamPoolTest, PausedCallsStopTheRuntime) {
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_.accept();
    constexpr std::size_t kSize = std::size_t{64} << 20;
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.heads == 1; }));
    handle->pause();
    const std::string block(64 * 1024, 'x');
    std::size_t sent = 0;
    for (;;) {
        const auto count = ::send(peer.fd(), block.data(), block.size(), MSG_DONTWAIT);
        if (count < 0) {
            break;
        }
        sent += static_cast<std::size_t>(count);
        loop_->run_once(0ms);
    }
    EXPECT_LT(sent, kSize / 2);
    EXPECT_EQ(answer.body.size(), 0U);
    pass(4000s);
    EXPECT_FALSE(answer.ended());
    handle->resume();
    peer.send(std::string(kSize - sent, 'x'));
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
    EXPECT_EQ(answer.body.size(), kSize);
}

TEST_F(UpstreamPoolTest, SendsLargeRequestsPieceByPiece) {
    auto peer = warm_up();
    Answer answer;
    const std::string body(8 << 20, 'b');
    const auto handle = call(answer, body);
    EXPECT_EQ(peer.read_bytes(kHead.size() + body.size()).size(), kHead.size() + body.size());
    peer.send(kOk);
    EXPECT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
}

TEST_F(UpstreamPoolTest, HearsAnAnswerThatRefusesALargeRequest) {
    Answer answer;
    const std::string body(16 << 20, 'b');
    const auto handle = call(answer, body);
    auto peer = runtime_.accept();
    (void)peer.read_bytes(1000);
    peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.ended(); }));
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body, "no");
}

TEST_F(UpstreamPoolTest, ListenersMaySendTheNextCallFromInside) {
    Answer first, second;
    std::unique_ptr<UpstreamCall> next;
    first.on_piece = [&] { next = call(second); };
    const auto handle = call(first);
    auto peer = runtime_.accept();
    (void)peer.read_until("\r\n\r\n");
    peer.send(kOk);
    ASSERT_TRUE(turn_until(*loop_, [&] { return next != nullptr; }));
    auto other = runtime_.accept();
    other.send(kOk);
    EXPECT_TRUE(turn_until(*loop_, [&] { return second.done; }));
}

}  // namespace
}  // namespace gatehouse::http
