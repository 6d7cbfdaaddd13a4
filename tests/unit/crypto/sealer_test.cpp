// SPDX-License-Identifier: Apache-2.0
#include "crypto/sealer.h"

#include <gtest/gtest.h>

namespace gatehouse::crypto {
namespace {

Secret master(char fill) {
    return Secret(std::string(32, fill));
}

class SealerTest : public testing::Test {
  protected:
    Sealer sealer_{{master('a')}, "grant"};
    std::string box_ = sealer_.seal("the token", "user-1");
};

TEST_F(SealerTest, OpensWhatItSealed) {
    EXPECT_EQ(sealer_.open(box_, "user-1")->reveal(), "the token");
    EXPECT_EQ(box_.find("the token"), std::string::npos);
    const auto empty = sealer_.seal("", "");
    EXPECT_EQ(empty.size(), 33U);
    EXPECT_TRUE(sealer_.open(empty, "")->empty());
}

TEST_F(SealerTest, SealsDifferentlyEachTime) {
    EXPECT_NE(box_, sealer_.seal("the token", "user-1"));
}

TEST_F(SealerTest, RefusesABoxWithAnyBitFlipped) {
    for (std::size_t i = 0; i < box_.size(); ++i) {
        auto altered = box_;
        altered[i] = static_cast<char>(altered[i] ^ 1);
        const auto opened = sealer_.open(altered, "user-1");
        ASSERT_FALSE(opened) << i;
        EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
    }
}

TEST_F(SealerTest, RefusesTruncatedAndExtendedBoxes) {
    for (std::size_t size = 0; size < box_.size(); ++size) {
        EXPECT_FALSE(sealer_.open(box_.substr(0, size), "user-1")) << size;
    }
    EXPECT_FALSE(sealer_.open(box_ + "x", "user-1"));
}

TEST_F(SealerTest, RefusesOtherAssociatedData) {
    EXPECT_FALSE(sealer_.open(box_, "user-2"));
    EXPECT_FALSE(sealer_.open(box_, ""));
}

TEST_F(SealerTest, RefusesABoxOfAnotherPurposeOrKey) {
    EXPECT_FALSE(Sealer({master('a')}, "client-id").open(box_, "user-1"));
    EXPECT_FALSE(Sealer({master('b')}, "grant").open(box_, "user-1"));
}

TEST_F(SealerTest, OpensOldBoxesAfterRotation) {
    const Sealer rotated({master('b'), master('a')}, "grant");
    EXPECT_EQ(rotated.open(box_, "user-1")->reveal(), "the token");
    const auto fresh = rotated.seal("new", "user-1");
    EXPECT_FALSE(sealer_.open(fresh, "user-1"));
    EXPECT_EQ(Sealer({master('b')}, "grant").open(fresh, "user-1")->reveal(), "new");
}

TEST(Sealer, CopiesChangeTheirKeysTogether) {  // G15
    const Secret first(std::string(32, 'a'));
    const Secret second(std::string(32, 'b'));
    Sealer sealer({first}, "grant");
    const Sealer copy = sealer;
    const std::string old = copy.seal("text", "context");
    sealer.rekey({second, first});
    EXPECT_FALSE(copy.is_current(old));
    EXPECT_EQ(copy.open(old, "context")->reveal(), "text");
    const std::string next = copy.seal("text", "context");
    EXPECT_TRUE(sealer.is_current(next));
    sealer.rekey({second});
    EXPECT_FALSE(copy.open(old, "context"));
    EXPECT_EQ(copy.open(next, "context")->reveal(), "text");
    EXPECT_FALSE(Sealer({second}, "session").open(next, "context"));
}

}  // namespace
}  // namespace gatehouse::crypto
