// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

TEST(Secret, MatchesOnlyTheSameBytes) {
    const Secret secret("correct horse");
    EXPECT_TRUE(secret.matches("correct horse"));
    EXPECT_FALSE(secret.matches("correct horsf"));
    EXPECT_FALSE(secret.matches(""));
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
    Secret first("one");
    Secret second(std::move(first));
    EXPECT_EQ(second.reveal(), "one");
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the promise under test
    Secret third("three");
    third = std::move(second);
    EXPECT_EQ(third.reveal(), "one");
    EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
    const Secret copy = third;
    EXPECT_EQ(copy.reveal(), third.reveal());
}

}  // namespace
}  // namespace gatehouse
