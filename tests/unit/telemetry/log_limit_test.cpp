// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log_limit.h"

#include <gtest/gtest.h>

namespace gatehouse::telemetry {
namespace {

TEST(LogLimit, LetsOneThroughInAWhileAndCountsTheRest) {
    LogLimit limit(std::chrono::seconds{10});
    const SteadyTime start{std::chrono::hours{5}};
    EXPECT_EQ(limit.take(start), 0U);
    EXPECT_EQ(limit.take(start + std::chrono::seconds{1}), std::nullopt);
    EXPECT_EQ(limit.take(start + std::chrono::seconds{9}), std::nullopt);
    EXPECT_EQ(limit.take(start + std::chrono::seconds{10}), 2U);
    EXPECT_EQ(limit.take(start + std::chrono::seconds{20}), 0U);
}

}  // namespace
}  // namespace gatehouse::telemetry
