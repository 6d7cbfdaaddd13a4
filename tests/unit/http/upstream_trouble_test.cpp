// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "http/upstream_pool.h"
#include "support/fake_clock.h"
#include "support/loop_peer.h"
#include "support/upstream_answer.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::settle;
using test::turn_until;

const std::string kHead = "POST /x HTTP/1.1\r\nHost: rt\r\nContent-Length: 0\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Runtimes that are away, slow to take connections, or about to close them.
class UpstreamTroubleTest : public testing::Test {
  protected:
    UpstreamTroubleTest() { make_pool({}); }

    void make_pool(UpstreamOptions options) {
        pool_ = make_upstream_pool(
            *loop_, {.addresses = {*net::IpAddress::parse("127.0.0.1")}, .port = port_}, options);
    }

    std::unique_ptr<UpstreamCall> call(Answer& answer, std::string_view body = {}) {
        return pool_->send({.head = kHead, .body = body}, answer);
    }

    /// What one call hears, to its end.
    std::optional<UpstreamError> fail_once() {
        Answer answer;
        const auto handle = call(answer);
        EXPECT_TRUE(turn_until(*loop_, [&] { return answer.ended(); }));
        settle(*loop_);
        return answer.error;
    }

    void answer_next(Answer& answer) {
        auto peer = runtime_->accept();
        (void)peer.read_until("\r\n\r\n");
        peer.send(kOk);
        EXPECT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
    }

    void restart_runtime() { runtime_.emplace(*loop_, port_); }

    /// From here on connecting neither succeeds nor fails.
    void clog() {
        runtime_->shrink_backlog();
        const auto address =
            net::to_socket_address({.ip = *net::IpAddress::parse("127.0.0.1"), .port = port_});
        for (int i = 0; i < 3; ++i) {
            fillers_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            (void)::connect(fillers_.back().fd(), address.get(), address.size);
        }
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
    std::optional<test::LoopListener> runtime_{*loop_};
    const std::uint16_t port_ = runtime_->port();
    std::vector<net::Socket> fillers_;
    std::unique_ptr<UpstreamPool> pool_;
};

TEST_F(UpstreamTroubleTest, AReplicaThatIsAwayIsSoonNoLongerTried) {
    runtime_.reset();
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(pool_->is_available());
        EXPECT_EQ(fail_once(), UpstreamError::kConnect);
    }
    EXPECT_FALSE(pool_->is_available());
    EXPECT_EQ(fail_once(), UpstreamError::kUnavailable);
    EXPECT_TRUE(pool_->is_idle());
}

TEST_F(UpstreamTroubleTest, OneCallTriesWhetherTheReplicaIsBack) {
    runtime_.reset();
    for (int i = 0; i < 3; ++i) {
        (void)fail_once();
    }
    restart_runtime();
    pass(1s);
    ASSERT_TRUE(pool_->is_available());
    Answer probe, other, later;
    const auto first = call(probe);
    EXPECT_FALSE(pool_->is_available());
    const auto second = call(other);
    EXPECT_FALSE(other.ended()) << "told inside send";
    answer_next(probe);
    EXPECT_EQ(other.error, UpstreamError::kUnavailable);
    EXPECT_TRUE(pool_->is_available());
    settle(*loop_);
    const auto third = call(later);
    answer_next(later);
}

TEST_F(UpstreamTroubleTest, AFailedProbeMakesThePauseLonger) {
    runtime_.reset();
    for (int i = 0; i < 3; ++i) {
        (void)fail_once();
    }
    pass(1s);
    EXPECT_EQ(fail_once(), UpstreamError::kConnect);
    clock_.advance(650ms);  // longer than the first pause can be, shorter than the second
    loop_->run_once(0ms);
    EXPECT_EQ(fail_once(), UpstreamError::kUnavailable);
}

TEST_F(UpstreamTroubleTest, AProbeWhoseCallerLeavesMakesRoomForAnother) {
    runtime_.reset();
    for (int i = 0; i < 3; ++i) {
        (void)fail_once();
    }
    restart_runtime();
    pass(1s);
    Answer gone, next;
    call(gone).reset();
    const auto handle = call(next);
    settle(*loop_);
    EXPECT_FALSE(next.ended());
}

TEST_F(UpstreamTroubleTest, OpensFewConnectionsAtATimeAndServesAll) {
    make_pool({.max_connecting = 2});
    std::vector<std::unique_ptr<Answer>> answers;
    std::vector<std::unique_ptr<UpstreamCall>> handles;
    for (int i = 0; i < 20; ++i) {
        answers.push_back(std::make_unique<Answer>());
        handles.push_back(call(*answers.back()));
    }
    std::vector<test::LoopPeer> peers;
    for (int i = 0; i < 20; ++i) {
        peers.push_back(runtime_->accept());
        EXPECT_EQ(peers.back().read_until("\r\n\r\n"), kHead);
    }
    for (auto& peer : peers) {
        peer.send(kOk);
    }
    for (const auto& answer : answers) {
        EXPECT_TRUE(turn_until(*loop_, [&] { return answer->done; }));
    }
}

TEST_F(UpstreamTroubleTest, RefusesWhatWouldWaitBeyondTheBounds) {
    make_pool({.max_connecting = 1, .max_waiting = 2, .max_waiting_bytes = 1000});
    Answer opening, small, large, second, third;
    const auto one = call(opening);
    const auto two = call(small);
    const auto three = call(large, std::string(1000, 'x'));
    EXPECT_TRUE(pool_->is_available());
    const auto four = call(second);
    EXPECT_FALSE(pool_->is_available());
    const auto five = call(third);
    loop_->run_once(0ms);
    EXPECT_EQ(large.error, UpstreamError::kUnavailable);
    EXPECT_EQ(third.error, UpstreamError::kUnavailable);
    settle(*loop_);
    EXPECT_FALSE(opening.ended() || small.ended() || second.ended());
    EXPECT_TRUE(pool_->is_available());
}

TEST_F(UpstreamTroubleTest, AWaitingCallTakesTheConnectionThatBecomesFree) {
    make_pool({.max_connecting = 1});
    Answer busy, stuck, waiting;
    const auto one = call(busy);
    auto peer = runtime_->accept();
    (void)peer.read_until("\r\n\r\n");
    clog();
    const auto two = call(stuck);
    const auto three = call(waiting, "hello");
    settle(*loop_);
    peer.send(kOk);
    EXPECT_EQ(peer.read_until("hello"), kHead + "hello");
    EXPECT_TRUE(busy.done);
    peer.send(kOk);
    ASSERT_TRUE(turn_until(*loop_, [&] { return waiting.done; }));
    EXPECT_EQ(waiting.body, "ok");
    EXPECT_FALSE(stuck.ended());
}

TEST_F(UpstreamTroubleTest, AWaitingCallIsNotLostWithTheConnectionThatBecameFree) {
    make_pool({.max_connecting = 1});
    Answer busy, stuck, waiting;
    const auto one = call(busy);
    auto peer = runtime_->accept();
    (void)peer.read_until("\r\n\r\n");
    clog();
    const auto two = call(stuck);
    const auto three = call(waiting);
    settle(*loop_);
    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    ASSERT_TRUE(turn_until(*loop_, [&] { return busy.done; }));
    settle(*loop_);
    EXPECT_FALSE(waiting.ended());
}

TEST_F(UpstreamTroubleTest, NobodyWaitsForeverForAReplicaThatSwallowsConnections) {
    make_pool({.max_connecting = 1});
    clog();
    std::vector<std::unique_ptr<Answer>> answers;
    std::vector<std::unique_ptr<UpstreamCall>> handles;
    for (int i = 0; i < 8; ++i) {
        answers.push_back(std::make_unique<Answer>());
        handles.push_back(call(*answers.back()));
    }
    pass(12s);
    for (const auto& answer : answers) {
        EXPECT_TRUE(answer->ended());
    }
    EXPECT_EQ(answers.front()->error, UpstreamError::kConnect);
    EXPECT_EQ(answers.back()->error, UpstreamError::kUnavailable);
}

TEST_F(UpstreamTroubleTest, WaitingCallsMayBeCancelledAndEndWithThePool) {
    make_pool({.max_connecting = 1, .max_waiting = 2});
    clog();
    Answer stuck, gone, left;
    const auto one = call(stuck);
    call(gone).reset();
    const auto two = call(left);
    Answer more;
    const auto three = call(more);
    settle(*loop_);
    EXPECT_FALSE(more.ended());
    two->pause();
    two->resume();
    pool_.reset();
    settle(*loop_);
    EXPECT_FALSE(stuck.ended() || gone.ended() || left.ended() || more.ended());
}

TEST_F(UpstreamTroubleTest, ClosesConnectionsBeforeTheRuntimeDoes) {
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_->accept();
    peer.send("HTTP/1.1 200 OK\r\nKeep-Alive: max=9, Timeout=5\r\nContent-Length: 2\r\n\r\nok");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
    EXPECT_EQ(peer.read_until("\r\n\r\n"), kHead);
    pass(3s);
    EXPECT_FALSE(peer.closed_now());
    pass(2s);
    EXPECT_EQ(peer.read_to_end(), "");
    Answer next;
    const auto second = call(next);
    answer_next(next);
}

TEST_F(UpstreamTroubleTest, KeepsNoConnectionThatTheRuntimeWillCloseAtOnce) {
    Answer answer;
    const auto handle = call(answer);
    auto peer = runtime_->accept();
    (void)peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\nok");
    ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(UpstreamTroubleTest, ReadsOddKeepAliveFieldsAsNothing) {
    for (const std::string field : {"timeout=-1", "timeout=99999999999999999999", "timeout=x", "",
                                    "timeout", ",,;timeout=1", "timeout=\"5\""}) {
        Answer answer;
        const auto handle = call(answer);
        auto peer = runtime_->accept();
        peer.send("HTTP/1.1 200 OK\r\nKeep-Alive: " + field + "\r\nContent-Length: 2\r\n\r\nok");
        ASSERT_TRUE(turn_until(*loop_, [&] { return answer.done; }));
        pass(20s);
        EXPECT_FALSE(peer.closed_now()) << field;
        peer.close();
        settle(*loop_);
    }
}

TEST_F(UpstreamTroubleTest, KnowsWhetherCallsAreInFlight) {
    EXPECT_TRUE(pool_->is_idle());
    Answer answer;
    const auto handle = call(answer);
    EXPECT_FALSE(pool_->is_idle());
    answer_next(answer);
    EXPECT_TRUE(pool_->is_idle());
}

/// No further descriptor can be had while it lives.
class NoDescriptors {
  public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlim_t next = 0;
        {
            const net::Socket probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            next = static_cast<rlim_t>(probe.fd());
        }
        const rlimit now{.rlim_cur = next, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
    }

    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;
    NoDescriptors(NoDescriptors&&) = delete;
    NoDescriptors& operator=(NoDescriptors&&) = delete;

    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

TEST_F(UpstreamTroubleTest, OurOwnShortageOfDescriptorsIsNotTheReplicasFault) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
    // It needs descriptors of its own to look at memory, and takes their lack for a bad object.
    GTEST_SKIP() << "not under UBSan";
#endif
#endif
    {
        const NoDescriptors shortage;
        for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(fail_once(), UpstreamError::kConnect);
        }
    }
    Answer answer;
    const auto handle = call(answer);
    answer_next(answer);
}

}  // namespace
}  // namespace gatehouse::http
