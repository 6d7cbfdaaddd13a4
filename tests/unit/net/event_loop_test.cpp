// SPDX-License-Identifier: Apache-2.0
#include "net/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>
#include <vector>

#include "net/loop_threads.h"
#include "support/fake_clock.h"

namespace gatehouse::net {
namespace {

using namespace std::chrono_literals;

class EventLoopTest : public testing::Test {
  protected:
    test::FakeClock clock_;
    std::unique_ptr<EventLoop> loop_ = *EventLoop::create(clock_);
};

class Recorder final : public IoHandler {
  public:
    explicit Recorder(std::function<void(IoEvents)> action) : action_(std::move(action)) {}

    void on_io(IoEvents events) override { action_(events); }

  private:
    std::function<void(IoEvents)> action_;
};

TEST_F(EventLoopTest, RunsPostedTasksInOrder) {
    std::vector<int> order;
    loop_->post([&] { order.push_back(1); });
    loop_->post([&] { order.push_back(2); });
    loop_->run_once(0ms);
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_F(EventLoopTest, RunsWhatATaskPostsInTheNextTurn) {
    int runs = 0;
    loop_->post([&] { loop_->post([&] { ++runs; }); });
    loop_->run_once(0ms);
    EXPECT_EQ(runs, 0);
    loop_->run_once(1000ms);
    EXPECT_EQ(runs, 1);
}

TEST_F(EventLoopTest, RunsTasksPostedBeforeStop) {
    int runs = 0;
    loop_->post([&] { ++runs; });
    loop_->stop();
    loop_->run();
    EXPECT_EQ(runs, 1);
}

TEST_F(EventLoopTest, TakesTasksFromManyThreads) {
    std::atomic<int> runs = 0;
    auto threads = LoopThreads::start(clock_, "post", 3);
    ASSERT_TRUE(threads);
    (*threads)->on_each([&](EventLoop&, std::size_t) {
        for (int i = 0; i < 1000; ++i) {
            loop_->post([&] { ++runs; });
        }
    });
    loop_->run_once(0ms);
    EXPECT_EQ(runs, 3000);
}

TEST_F(EventLoopTest, SurvivesATaskThatThrows) {
    int runs = 0;
    loop_->post([] { throw std::runtime_error("broken"); });
    loop_->post([&] { ++runs; });
    loop_->run_once(0ms);
    EXPECT_EQ(runs, 1);
}

TEST_F(EventLoopTest, FiresTimersInOrderWhenTheirTimeHasCome) {
    std::vector<int> order;
    const auto late = loop_->call_after(20ms, [&] { order.push_back(2); });
    const auto early = loop_->call_after(10ms, [&] { order.push_back(1); });
    loop_->run_once(0ms);
    EXPECT_TRUE(order.empty());
    clock_.advance(10ms);
    loop_->run_once(0ms);
    EXPECT_EQ(order, (std::vector{1}));
    EXPECT_FALSE(early.pending());
    EXPECT_TRUE(late.pending());
    clock_.advance(10ms);
    loop_->run_once(0ms);
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_F(EventLoopTest, CancelsATimerWithItsHandle) {
    int runs = 0;
    {
        const auto timer = loop_->call_after(1ms, [&] { ++runs; });
    }
    auto kept = loop_->call_after(1ms, [&] { ++runs; });
    kept = loop_->call_after(2ms, [&] { runs += 10; });
    clock_.advance(5ms);
    loop_->run_once(0ms);
    EXPECT_EQ(runs, 10);
}

TEST_F(EventLoopTest, TimerThatRearmsItselfWithoutDelayDoesNotHoldTheTurn) {
    int runs = 0;
    Timer timer;
    std::function<void()> again = [&] {
        ++runs;
        timer = loop_->call_after(0ms, again);
    };
    again();
    loop_->run_once(0ms);
    EXPECT_EQ(runs, 2);
}

TEST_F(EventLoopTest, RunsTurnEndsOnceAndNotAfterTheirEnd) {
    int runs = 0;
    TurnEnd kept(*loop_, [&] { ++runs; });
    {
        TurnEnd gone(*loop_, [&] { runs += 100; });
        gone.schedule();
        kept.schedule();
        kept.schedule();
    }
    loop_->run_once(0ms);
    loop_->run_once(0ms);
    EXPECT_EQ(runs, 1);
}

TEST_F(EventLoopTest, TellsWhatHappenedToADescriptor) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    Socket mine(ends[0]), other(ends[1]);
    IoEvents last;
    Recorder handler([&](IoEvents events) { last = events; });
    ASSERT_TRUE(loop_->watch(mine.fd(), handler));
    loop_->run_once(0ms);
    EXPECT_TRUE(last.writable);
    EXPECT_FALSE(last.readable);
    ASSERT_EQ(::write(other.fd(), "x", 1), 1);
    loop_->run_once(0ms);
    EXPECT_TRUE(last.readable);
    EXPECT_FALSE(last.hangup);
    other.close();
    loop_->run_once(0ms);
    EXPECT_TRUE(last.hangup);
    loop_->forget(handler);
}

TEST_F(EventLoopTest, ForgottenHandlerHearsNothingOfTheSameTurn) {
    std::array<std::array<int, 2>, 2> pairs{};
    std::vector<Socket> sockets;
    for (auto& pair : pairs) {
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
        sockets.emplace_back(pair[0]);
        sockets.emplace_back(pair[1]);
    }
    int calls = 0;
    std::array<std::unique_ptr<IoHandler>, 2> handlers;
    for (std::size_t i = 0; i < 2; ++i) {
        handlers[i] = std::make_unique<Recorder>([&, i](IoEvents) {
            ++calls;
            loop_->destroy_later(std::move(handlers[1 - i]));
        });
        ASSERT_TRUE(loop_->watch(pairs[i][0], *handlers[i]));
    }
    loop_->run_once(0ms);
    EXPECT_EQ(calls, 1);
}

TEST(LoopThreadsTest, RunsOnEachLoopsThreadAndStopsTwice) {
    const SystemClock clock;
    auto threads = LoopThreads::start(clock, "test", 2);
    ASSERT_TRUE(threads);
    std::vector<std::thread::id> ids;
    (*threads)->on_each([&](EventLoop& loop, std::size_t) {
        EXPECT_TRUE(loop.in_loop_thread());
        ids.push_back(std::this_thread::get_id());
    });
    ASSERT_EQ(ids.size(), 2U);
    EXPECT_NE(ids[0], ids[1]);
    EXPECT_FALSE((*threads)->loop(0).in_loop_thread());
    (*threads)->stop();
    (*threads)->stop();
}

}  // namespace
}  // namespace gatehouse::net
