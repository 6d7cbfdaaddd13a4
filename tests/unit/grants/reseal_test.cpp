// SPDX-License-Identifier: Apache-2.0
#include "grants/reseal.h"

#include <gtest/gtest.h>

#include "unit/grants/fixture.h"

namespace gatehouse::grants {
namespace {

class ResealTest : public GrantsTest {
  protected:
    const Secret old_key_{std::string(32, 'k')};
    const Secret new_key_{std::string(32, 'n')};

    Result<std::size_t> reseal_under(const std::vector<Secret>& keys) {
        return Downstream(needs_, keys).reseal();
    }

    [[nodiscard]] bool opens_under(const std::vector<Secret>& keys) {
        const auto grant = rows_.find("u1", "reader").value();
        return Vault(keys)
            .open(grant.sealed, {.server = "reader", .profile = "todo", .user = "u1"})
            .has_value();
    }
};

TEST_F(ResealTest, AfterARotationTheOldMasterKeyCanGo) {
    connect();
    EXPECT_FALSE(opens_under({new_key_}));
    EXPECT_EQ(reseal_under({new_key_, old_key_}).value(), 1U);
    EXPECT_TRUE(opens_under({new_key_}));
}

TEST_F(ResealTest, DoesNothingWhenNothingIsUnderAnotherKey) {
    connect();
    const std::string before = rows_.find("u1", "reader").value().sealed;
    EXPECT_EQ(reseal_under({old_key_}).value(), 0U);
    EXPECT_EQ(rows_.find("u1", "reader").value().sealed, before);
}

TEST_F(ResealTest, LeavesWhatNoKeyOpensAsItIs) {
    connect();
    EXPECT_EQ(reseal_under({new_key_}).value(), 0U);
    EXPECT_TRUE(opens_under({old_key_}));
}

TEST_F(ResealTest, NeverOverwritesATokenThatWasRenewedMeanwhile) {  // G17
    connect();
    const Grant grant = rows_.find("u1", "reader").value();
    EXPECT_FALSE(rows_.reseal(grant.id, grant.version + 1, "another box").value());
    EXPECT_EQ(rows_.find("u1", "reader").value().sealed, grant.sealed);
}

TEST_F(ResealTest, TakesRegistrationsAtDownstreamServersAlong) {
    ASSERT_TRUE(
        clients_.insert({.generation = "dynamic:1",
                         .profile = "todo",
                         .issuer = std::string(kIssuer),
                         .fingerprint = "f",
                         .sealed = Vault({old_key_}).seal_lines({"id", "none", ""}, "dynamic:1"),
                         .created_at = clock_.now(),
                         .expires_at = Timestamp::max()}));
    EXPECT_EQ(reseal_under({new_key_, old_key_}).value(), 1U);
    const auto stored = clients_.find("dynamic:1").value();
    EXPECT_TRUE(Vault({new_key_}).open_lines(stored.sealed, "dynamic:1"));
}

}  // namespace
}  // namespace gatehouse::grants
