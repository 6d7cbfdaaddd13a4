// SPDX-License-Identifier: Apache-2.0
#include "grants/vault.h"

#include <gtest/gtest.h>

namespace gatehouse::grants {
namespace {

class VaultTest : public testing::Test {
  protected:
    Secret key_{std::string(32, 'k')};
    Vault vault_{{key_}};
    Owner owner_{.server = "reader", .profile = "todo", .user = "u1"};
    std::string box_ = vault_.seal({.access = Secret("a"), .refresh = Secret("r")}, owner_);
};

TEST_F(VaultTest, OpensWhatItSealed) {
    const auto tokens = vault_.open(box_, owner_);
    ASSERT_TRUE(tokens);
    EXPECT_TRUE(tokens->access.matches("a"));
    EXPECT_TRUE(tokens->refresh.matches("r"));
}

TEST_F(VaultTest, SealsDifferentlyEachTime) {  // G15
    EXPECT_NE(vault_.seal({.access = Secret("a"), .refresh = Secret("r")}, owner_), box_);
}

TEST_F(VaultTest, OpensForNobodyElse) {  // G15
    Owner user = owner_;
    user.user = "u2";
    Owner server = owner_;
    server.server = "writer";
    Owner profile = owner_;
    profile.profile = "other";
    for (const Owner& owner : {user, server, profile}) {
        EXPECT_EQ(vault_.open(box_, owner).error().code, ErrorCode::kCorrupt);
    }
    EXPECT_FALSE(vault_.open_lines(box_, "reader/todo/u1"));
}

TEST_F(VaultTest, OpensAfterTheMasterKeyWasRotated) {  // G15
    const Vault rotated({Secret(std::string(32, 'n')), key_});
    EXPECT_TRUE(rotated.open(box_, owner_));
    const Vault foreign({Secret(std::string(32, 'n'))});
    EXPECT_FALSE(foreign.open(box_, owner_));
}

TEST_F(VaultTest, LinesComeBackAsTheyWere) {
    const std::string box = vault_.seal_lines({"one", "", "three"}, "name");
    EXPECT_EQ(vault_.open_lines(box, "name").value(),
              (std::vector<std::string>{"one", "", "three"}));
    EXPECT_FALSE(vault_.open_lines(box, "other"));
}

}  // namespace
}  // namespace gatehouse::grants
