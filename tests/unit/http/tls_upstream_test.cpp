// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "http/upstream_pool.h"
#include "support/fake_clock.h"
#include "support/loop_peer.h"
#include "support/tls_peer.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using test::TlsPeer;

const std::string kHead = "GET /x HTTP/1.1\r\nHost: rt\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Writes down what it is told.
class Answer final : public UpstreamListener {
  public:
    void on_head(const UpstreamHead& head, std::string_view bytes, bool complete) override {
        status = head.status;
        on_body(bytes, complete);
    }

    void on_body(std::string_view bytes, bool complete) override {
        body += bytes;
        done = complete;
    }

    void on_error(UpstreamError what) override { error = what; }

    [[nodiscard]] bool ended() const { return done || error.has_value(); }

    int status = 0;
    std::string body;
    bool done = false;
    std::optional<UpstreamError> error;
};

class TlsUpstreamTest : public testing::Test {
  protected:
    TlsUpstreamTest() { make_pool("localhost", authority_.certificate()); }

    void make_pool(const std::string& host, const std::string& authorities) {
        pool_ = make_upstream_pool(*loop_,
                                   {.addresses = {*net::IpAddress::parse("127.0.0.1")},
                                    .port = runtime_.port(),
                                    .tls = *tls::ClientTls::create(authorities),
                                    .host = host},
                                   {});
    }

    std::unique_ptr<UpstreamCall> call(Answer& answer, std::string_view body = {}) {
        return pool_->send({.head = kHead, .body = body}, answer);
    }

    TlsPeer accept() { return {*loop_, runtime_.accept(), context_.get(), TlsPeer::Side::kServer}; }

    void wait_for(const Answer& answer) {
        EXPECT_TRUE(test::turn_until(*loop_, [&] { return answer.ended(); }));
    }

    /// The end of a call that a runtime's certificate should stop.
    void expect_refused() {
        Answer answer;
        const auto handle = call(answer);
        auto runtime = accept();
        (void)runtime.handshake();
        wait_for(answer);
        EXPECT_EQ(answer.error, UpstreamError::kConnect);
        EXPECT_EQ(runtime.read_to_end(), "");
    }

    test::FakeClock clock_;
    std::unique_ptr<net::EventLoop> loop_ = *net::EventLoop::create(clock_);
    test::LoopListener runtime_{*loop_};
    test::TestAuthority authority_;
    test::TestCertificate shown_ = authority_.issue();
    test::TlsContextPtr context_ = test::plain_server_context(shown_);
    std::unique_ptr<UpstreamPool> pool_;
};

TEST_F(TlsUpstreamTest, CallsOverOneVerifiedConnection) {
    Answer first, second;
    const auto one = call(first);
    auto runtime = accept();
    ASSERT_TRUE(runtime.handshake());
    EXPECT_STREQ(SSL_get_servername(runtime.ssl(), TLSEXT_NAMETYPE_host_name), "localhost");
    EXPECT_EQ(runtime.read_until("\r\n\r\n"), kHead);
    runtime.send(kOk);
    wait_for(first);
    EXPECT_EQ(first.body, "ok");
    // A connection that rested is looked at first, and the tickets in it are no answer.
    clock_.advance(5s);
    const auto two = call(second);
    EXPECT_EQ(runtime.read_until("\r\n\r\n"), kHead);
    runtime.send(kOk);
    wait_for(second);
    EXPECT_EQ(second.body, "ok");
}

TEST_F(TlsUpstreamTest, TakesBytesOneAtATime) {
    Answer answer;
    const auto handle = call(answer);
    auto runtime = accept();
    runtime.set_pace(1);
    ASSERT_TRUE(runtime.handshake());
    (void)runtime.read_until("\r\n\r\n");
    runtime.send(kOk);
    wait_for(answer);
    EXPECT_EQ(answer.body, "ok");
}

TEST_F(TlsUpstreamTest, CarriesBigBodiesBothWays) {
    const std::string body(3'000'000, 'b');
    Answer answer;
    const auto handle = call(answer, body);
    auto runtime = accept();
    ASSERT_TRUE(runtime.handshake());
    EXPECT_EQ(runtime.read_bytes(kHead.size() + body.size()), kHead + body);
    runtime.send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body);
    wait_for(answer);
    EXPECT_EQ(answer.body, body);
}

TEST_F(TlsUpstreamTest, AddressesAreCheckedAndNotSentAsNames) {
    make_pool("127.0.0.1", authority_.certificate());
    Answer answer;
    const auto handle = call(answer);
    auto runtime = accept();
    ASSERT_TRUE(runtime.handshake());
    EXPECT_EQ(SSL_get_servername(runtime.ssl(), TLSEXT_NAMETYPE_host_name), nullptr);
    runtime.send(kOk);
    wait_for(answer);
    EXPECT_EQ(answer.status, 200);
}

// G22
TEST_F(TlsUpstreamTest, NothingIsSentToAnotherHost) {
    make_pool("other.example", authority_.certificate());
    expect_refused();
}

TEST_F(TlsUpstreamTest, NothingIsSentToAStranger) {
    make_pool("localhost", "");
    expect_refused();
}

TEST_F(TlsUpstreamTest, NothingIsSentToAnExpiredCertificate) {
    context_ = test::plain_server_context(authority_.issue({.valid_until = -60}));
    expect_refused();
}

TEST_F(TlsUpstreamTest, PeerThatLeavesInsideTheHandshakeWasNeverReached) {
    Answer answer;
    const auto handle = call(answer);
    runtime_.accept().close();
    wait_for(answer);
    EXPECT_EQ(answer.error, UpstreamError::kConnect);
}

TEST_F(TlsUpstreamTest, PeerThatSpeaksNoTlsWasNeverReached) {
    Answer answer;
    const auto handle = call(answer);
    auto runtime = runtime_.accept();
    runtime.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    wait_for(answer);
    EXPECT_EQ(answer.error, UpstreamError::kConnect);
}

TEST_F(TlsUpstreamTest, HandshakeCountsAsConnecting) {
    Answer answer;
    const auto handle = call(answer);
    auto runtime = runtime_.accept();
    for (int second = 0; second < 7; ++second) {
        clock_.advance(1s);
        test::settle(*loop_);
    }
    EXPECT_EQ(answer.error, UpstreamError::kConnect);
}

TEST_F(TlsUpstreamTest, CallCanBeCancelledInsideTheHandshake) {
    Answer answer;
    auto handle = call(answer);
    auto runtime = runtime_.accept();
    test::settle(*loop_);
    handle.reset();
    EXPECT_TRUE(runtime.closed_now());
    EXPECT_FALSE(answer.ended());
}

TEST_F(TlsUpstreamTest, CutAnswerIsNotTakenForAWholeOne) {
    Answer cut, whole;
    const auto one = call(cut);
    auto runtime = accept();
    ASSERT_TRUE(runtime.handshake());
    runtime.send("HTTP/1.1 200 OK\r\n\r\npart");
    test::settle(*loop_);
    runtime.peer().close();
    wait_for(cut);
    EXPECT_EQ(cut.error, UpstreamError::kClosed);

    const auto two = call(whole);
    auto next = accept();
    ASSERT_TRUE(next.handshake());
    next.send("HTTP/1.1 200 OK\r\n\r\nall");
    next.close_notify();
    wait_for(whole);
    EXPECT_EQ(whole.body, "all");
    EXPECT_FALSE(whole.error);
}

TEST_F(TlsUpstreamTest, PausedCallStopsTheRuntimeAndLosesNothing) {
    const std::string body(8'000'000, 'b');
    Answer answer;
    const auto handle = call(answer);
    auto runtime = accept();
    ASSERT_TRUE(runtime.handshake());
    runtime.send("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n");
    test::settle(*loop_);
    handle->pause();
    std::string_view left = body;
    runtime.send(left.substr(0, 100'000));
    left.remove_prefix(100'000);
    test::settle(*loop_);
    const auto stopped = answer.body.size();
    EXPECT_LT(stopped, 100'000U);
    handle->resume();
    runtime.send(left);
    wait_for(answer);
    EXPECT_EQ(answer.body, body);
}

}  // namespace
}  // namespace gatehouse::http
