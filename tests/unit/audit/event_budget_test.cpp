// SPDX-License-Identifier: Apache-2.0
#include "audit/event_budget.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace gatehouse::audit {
namespace {

TEST(EventBudget, CountsWhatItLeavesOutAndSaysSoInTheNextMinute) {
    test::FakeClock clock;
    EventBudget budget(clock, 2);
    EXPECT_EQ(budget.take(), 0U);
    EXPECT_EQ(budget.take(), 0U);
    EXPECT_EQ(budget.take(), std::nullopt);
    EXPECT_EQ(budget.take(), std::nullopt);
    clock.advance(std::chrono::minutes(1));
    EXPECT_EQ(budget.take(), 2U);
    EXPECT_EQ(budget.take(), 0U);
}

}  // namespace
}  // namespace gatehouse::audit
