// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <future>
#include <set>

#include "storage/sql_replica_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

class ReplicaStore : public testing::Test {
  protected:
    std::uint32_t join(const std::string& owner) {
        const auto number = store_.join(owner, clock_.now());
        EXPECT_TRUE(number) << owner << ": " << describe(number.error());
        return number.value_or(999);
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    std::unique_ptr<Database> database_ = test::open_store(dir_ / "a.db").value();
    SqlReplicaStore store_{*database_};
};

TEST_F(ReplicaStore, GivesTheSmallestFreeNumberAndKeepsItForItsOwner) {
    EXPECT_EQ(join("a"), 0U);
    EXPECT_EQ(join("b"), 1U);
    EXPECT_EQ(join("c"), 2U);
    EXPECT_EQ(join("b"), 1U);
    ASSERT_TRUE(store_.leave("b"));
    EXPECT_EQ(join("d"), 1U);
    EXPECT_EQ(join("b"), 3U);
}

TEST_F(ReplicaStore, GivesEveryOneOfManyWhoStartAtOnceANumberOfItsOwn) {
    std::vector<std::future<std::uint32_t>> joining;
    for (int i = 0; i < 8; ++i) {
        joining.push_back(
            std::async(std::launch::async, [&, i] { return join("owner" + std::to_string(i)); }));
    }
    std::set<std::uint32_t> numbers;
    for (auto& one : joining) {
        numbers.insert(one.get());
    }
    EXPECT_EQ(numbers.size(), 8U);
}

TEST_F(ReplicaStore, TakesNobodysNumberWhoWasHereTenMinutesAgo) {
    for (std::int64_t i = 0; i < SqlReplicaStore::kMost; ++i) {
        (void)join("owner" + std::to_string(i));
    }
    EXPECT_EQ(store_.join("late", clock_.now()).error().code, ErrorCode::kUnavailable);
    clock_.advance(std::chrono::minutes(9));
    ASSERT_TRUE(store_.stay("owner0", clock_.now()));
    EXPECT_EQ(store_.join("late", clock_.now()).error().code, ErrorCode::kUnavailable);
    clock_.advance(std::chrono::minutes(2));
    EXPECT_EQ(join("late"), 1U) << "owner0 stayed";
}

}  // namespace
}  // namespace gatehouse::storage
