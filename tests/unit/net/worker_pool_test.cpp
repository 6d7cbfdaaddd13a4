// SPDX-License-Identifier: Apache-2.0
#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>

namespace gatehouse::net {
namespace {

using namespace std::chrono_literals;

/// Keeps one worker busy until it is opened.
class Gate {
  public:
    void wait() {
        entered_.set_value();
        open_future_.wait();
    }

    void await_entered() { entered_.get_future().wait(); }

    void open() { open_.set_value(); }

  private:
    std::promise<void> entered_, open_;
    std::shared_future<void> open_future_ = open_.get_future().share();
};

TEST(WorkerPoolTest, RunsTasksOnItsThreads) {
    WorkerPool pool({.name = "quick", .threads = 2});
    std::promise<std::thread::id> ran;
    ASSERT_TRUE(pool.submit([&] { ran.set_value(std::this_thread::get_id()); }));
    EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
}

TEST(WorkerPoolTest, RefusesTasksAboveItsBound) {
    Gate gate;
    WorkerPool pool({.name = "small", .threads = 1, .max_queue = 1});
    ASSERT_TRUE(pool.submit([&] { gate.wait(); }));
    gate.await_entered();
    EXPECT_TRUE(pool.submit([] {}));
    EXPECT_EQ(pool.queued(), 1U);
    EXPECT_FALSE(pool.submit([] {}));
    gate.open();
}

TEST(WorkerPoolTest, SurvivesATaskThatThrows) {
    WorkerPool pool({.name = "brave"});
    std::promise<void> ran;
    ASSERT_TRUE(pool.submit([] { throw std::runtime_error("broken"); }));
    ASSERT_TRUE(pool.submit([] { throw 7; }));
    ASSERT_TRUE(pool.submit([&] { ran.set_value(); }));
    ran.get_future().wait();
}

TEST(WorkerPoolTest, StopRunsWhatIsQueuedWithinTheGrace) {
    Gate gate;
    std::atomic<int> runs = 0;
    WorkerPool pool({.name = "tidy"});
    ASSERT_TRUE(pool.submit([&] { gate.wait(); }));
    gate.await_entered();
    ASSERT_TRUE(pool.submit([&] { ++runs; }));
    gate.open();
    pool.stop(10s);
    EXPECT_EQ(runs, 1);
    EXPECT_FALSE(pool.submit([] {}));
    pool.stop(10s);
}

TEST(WorkerPoolTest, StopDropsTheRestAfterTheGrace) {
    Gate gate;
    const auto token = std::make_shared<int>();
    WorkerPool pool({.name = "late"});
    ASSERT_TRUE(pool.submit([&] { gate.wait(); }));
    gate.await_entered();
    ASSERT_TRUE(pool.submit([token] { FAIL() << "was dropped"; }));
    WorkerPool opener({.name = "opener"});
    ASSERT_TRUE(opener.submit([&] {
        while (pool.queued() != 0) {
            std::this_thread::yield();
        }
        gate.open();
    }));
    pool.stop(1ms);
    EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace gatehouse::net
