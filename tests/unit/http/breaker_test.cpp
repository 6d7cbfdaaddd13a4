// SPDX-License-Identifier: Apache-2.0
#include "http/internal/breaker.h"

#include <gtest/gtest.h>

namespace gatehouse::http::internal {
namespace {

using namespace std::chrono_literals;
using Try = Breaker::Try;

class BreakerTest : public testing::Test {
  protected:
    void fail_once() {
        ASSERT_TRUE(breaker_.admits(now_));
        breaker_.failed(breaker_.begin(), now_);
    }

    Breaker breaker_{{.failures = 3, .first_pause = 1'000ms, .longest_pause = 4'000ms}, 7};
    SteadyTime now_{1h};
};

TEST_F(BreakerTest, OpensAfterFailuresInARowOnly) {
    fail_once();
    fail_once();
    breaker_.succeeded();
    fail_once();
    fail_once();
    EXPECT_TRUE(breaker_.admits(now_));
    fail_once();
    EXPECT_FALSE(breaker_.admits(now_));
}

TEST_F(BreakerTest, LetsOneProbeThroughAfterThePause) {
    for (int i = 0; i < 3; ++i) {
        fail_once();
    }
    EXPECT_FALSE(breaker_.admits(now_ + 740ms));
    now_ += 1'260ms;
    ASSERT_TRUE(breaker_.admits(now_));
    EXPECT_EQ(breaker_.begin(), Try::kProbe);
    EXPECT_FALSE(breaker_.admits(now_));
    breaker_.succeeded();
    EXPECT_TRUE(breaker_.admits(now_));
    EXPECT_EQ(breaker_.begin(), Try::kUsual);
}

TEST_F(BreakerTest, PausesGrowUpToABoundAndAreSpread) {
    for (int i = 0; i < 3; ++i) {
        fail_once();
    }
    bool differed = false;
    std::chrono::milliseconds last{0};
    for (const auto expected : {1'000ms, 2'000ms, 4'000ms, 4'000ms, 4'000ms, 4'000ms}) {
        auto pause = 0ms;
        while (!breaker_.admits(now_ + pause)) {
            pause += 1ms;
        }
        EXPECT_GE(pause, expected * 3 / 4);
        EXPECT_LE(pause, expected * 5 / 4);
        differed |= last != 0ms && expected == 4'000ms && pause != last;
        last = pause;
        now_ += pause;
        fail_once();
    }
    EXPECT_TRUE(differed);
}

TEST_F(BreakerTest, AnAbandonedProbeIsFollowedByAnother) {
    for (int i = 0; i < 3; ++i) {
        fail_once();
    }
    now_ += 2s;
    breaker_.abandoned(breaker_.begin());
    EXPECT_TRUE(breaker_.admits(now_));
    EXPECT_EQ(breaker_.begin(), Try::kProbe);
}

TEST_F(BreakerTest, LateFailuresDoNotLengthenThePause) {
    for (int i = 0; i < 3; ++i) {
        fail_once();
    }
    for (int i = 0; i < 20; ++i) {
        breaker_.failed(Try::kUsual, now_ + 1s);
    }
    EXPECT_TRUE(breaker_.admits(now_ + 1'260ms));
}

TEST_F(BreakerTest, ALateSuccessCloses) {
    for (int i = 0; i < 3; ++i) {
        fail_once();
    }
    breaker_.succeeded();
    EXPECT_TRUE(breaker_.admits(now_));
}

}  // namespace
}  // namespace gatehouse::http::internal
