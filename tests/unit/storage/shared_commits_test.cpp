// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "storage/sqlite_database.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

/// Starts transactions that have to wait, and lets them all go at once.
class SharedCommits : public testing::Test {
  protected:
    using Work = std::function<Result<void>(Session&)>;

    std::vector<std::future<Result<void>>> run_together(const std::vector<Work>& works) {
        auto& database = dynamic_cast<SqliteDatabase&>(*database_);
        std::promise<void> occupied, go;
        auto blocker = std::async(std::launch::async, [&] {
            return database.transaction([&](Session&) -> Result<void> {
                occupied.set_value();
                go.get_future().wait();
                return {};
            });
        });
        occupied.get_future().wait();
        std::vector<std::future<Result<void>>> outcomes;
        for (const Work& work : works) {
            outcomes.push_back(
                std::async(std::launch::async, [&] { return database.transaction(work); }));
        }
        while (database.waiting() < works.size()) {
            std::this_thread::yield();
        }
        go.set_value();
        EXPECT_TRUE(blocker.get());
        return outcomes;
    }

    static Work insert(int number) {
        return [number](Session& session) -> Result<void> {
            const auto done =
                session.execute("INSERT INTO shared (n) VALUES (?)", {std::int64_t{number}});
            return done ? Result<void>{} : std::unexpected(done.error());
        };
    }

    std::int64_t count_shared() {
        return database_->query("SELECT COUNT(*) FROM shared", {})->front().integer(0);
    }

    void SetUp() override {
        ASSERT_TRUE(database_->execute("CREATE TABLE shared (n INTEGER PRIMARY KEY)", {}));
    }

    test::TempDir dir_;
    std::string path_ = (dir_.path() / "gatehouse.db").string();
    std::unique_ptr<Database> database_ = *open_sqlite(path_);
};

TEST_F(SharedCommits, AreOneForAllWhoWait) {
    std::vector<Work> works;
    for (int i = 0; i < 50; ++i) {
        works.push_back(insert(i));
    }
    const auto before = std::filesystem::file_size(path_ + "-wal");
    for (auto& outcome : run_together(works)) {
        EXPECT_TRUE(outcome.get());
    }
    EXPECT_EQ(count_shared(), 50);
    // A commit each would have written the page with the rows fifty times.
    EXPECT_LT(std::filesystem::file_size(path_ + "-wal") - before, 10U * 4200U);
}

TEST_F(SharedCommits, LoseNothingByTheFailureOfOne) {
    struct Broken {};

    std::vector<Work> works{insert(1), insert(2), insert(3)};
    works[1] = [](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("INSERT INTO shared (n) VALUES (20)", {}));
        return fail(ErrorCode::kInvalid, "changed its mind");
    };
    works.push_back([](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("INSERT INTO shared (n) VALUES (30)", {}));
        throw Broken();
    });
    works.push_back(insert(4));
    works.push_back(insert(4));
    auto outcomes = run_together(works);
    EXPECT_TRUE(outcomes[0].get());
    EXPECT_EQ(outcomes[1].get().error().message, "changed its mind");
    EXPECT_TRUE(outcomes[2].get());
    EXPECT_THROW((void)outcomes[3].get(), Broken);
    const auto fourth = outcomes[4].get();
    const auto again = outcomes[5].get();
    EXPECT_NE(fourth.has_value(), again.has_value());
    EXPECT_EQ((fourth ? again : fourth).error().code, ErrorCode::kConflict);
    EXPECT_EQ(count_shared(), 3);
}

}  // namespace
}  // namespace gatehouse::storage
