// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "storage/sql_ended_session_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

TEST(EndedSessionStore, GivesTheNewestAndForgetsTheOldest) {
    const test::TempDir dir;
    test::FakeClock clock;
    const auto database = test::open_store(dir / "a.db").value();
    SqlEndedSessionStore store(*database);
    const Timestamp start = clock.now();
    ASSERT_TRUE(store.add({}, start));
    ASSERT_TRUE(store.add({"one", "two"}, start));
    clock.advance(std::chrono::seconds(5));
    ASSERT_TRUE(store.add({"two", "three"}, clock.now()));
    EXPECT_EQ(store.ended_since(start, 10)->size(), 3U);
    EXPECT_EQ(*store.ended_since(start, 1), std::vector<std::string>{"three"});
    EXPECT_EQ(*store.ended_since(clock.now(), 10), std::vector<std::string>{"three"});
    ASSERT_TRUE(store.remove_before(clock.now()));
    EXPECT_EQ(*store.ended_since(start, 10), std::vector<std::string>{"three"});
}

}  // namespace
}  // namespace gatehouse::storage
