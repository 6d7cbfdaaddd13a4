// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite_database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "storage/internal/migrations.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

/// Does to a database file what no program of ours does.
void tamper(const std::string& path, const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
}

class SqliteDatabaseTest : public testing::Test {
  protected:
    SqliteDatabaseTest() { open(); }

    void open() {
        database_.reset();
        auto opened = open_sqlite(path_);
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
    }

    void make_table() {
        ASSERT_TRUE(database_->execute(
            "CREATE TABLE items (id TEXT PRIMARY KEY, count INTEGER NOT NULL, data BLOB)", {}));
    }

    std::int64_t count() {
        const auto rows = database_->query("SELECT COUNT(*) FROM items", {});
        return rows ? rows->front().integer(0) : -1;
    }

    test::TempDir dir_;
    std::string path_ = (dir_.path() / "gatehouse.db").string();
    std::unique_ptr<Database> database_;
};

TEST_F(SqliteDatabaseTest, SyncsEveryCommitToTheDisk) {
    EXPECT_EQ(database_->query("PRAGMA journal_mode", {})->front().text(0), "wal");
    ASSERT_TRUE(database_->transaction([](Session& session) -> Result<void> {
        EXPECT_EQ(session.query("PRAGMA synchronous", {})->front().integer(0), 2);
        EXPECT_EQ(session.query("PRAGMA foreign_keys", {})->front().integer(0), 1);
        return {};
    }));
}

TEST_F(SqliteDatabaseTest, KeepsItsFilesToItself) {
    make_table();
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        struct stat info{};
        ASSERT_EQ(stat((path_ + suffix).c_str(), &info), 0) << suffix;
        EXPECT_EQ(info.st_mode & 0777U, 0600U) << suffix;
    }
}

TEST_F(SqliteDatabaseTest, NotesEachMigrationOnce) {
    const auto migrations = sqlite_migrations();
    ASSERT_FALSE(migrations.empty());
    open();
    const auto rows = database_->query(
        "SELECT version, name, applied_at FROM schema_migrations ORDER BY version", {});
    ASSERT_EQ(rows->size(), migrations.size());
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        EXPECT_EQ((*rows)[i].integer(0), migrations[i].version);
        EXPECT_EQ((*rows)[i].text(1), migrations[i].name);
        EXPECT_GT((*rows)[i].integer(2), 1'700'000'000'000);
    }
}

// Steps are written side by side, and one with a smaller number may come later.
TEST_F(SqliteDatabaseTest, AppliesAStepThatWasLeftOut) {
    ASSERT_TRUE(database_->transaction([](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("DROP TABLE ended_sessions", {}));
        EXPECT_TRUE(session.execute("DELETE FROM schema_migrations WHERE version = 41", {}));
        return {};
    }));
    open();
    EXPECT_TRUE(database_->query("SELECT sealed FROM ended_sessions", {}));
}

TEST_F(SqliteDatabaseTest, RefusesADatabaseOfANewerVersion) {
    ASSERT_TRUE(database_->execute("INSERT INTO schema_migrations VALUES (9999, 'future', 0)", {}));
    const auto opened = open_sqlite(path_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
    EXPECT_NE(opened.error().message.find("start a newer program"), std::string::npos);
}

TEST_F(SqliteDatabaseTest, RefusesADatabaseOfAnotherProgram) {
    const auto foreign = (dir_.path() / "foreign.db").string();
    tamper(foreign, "CREATE TABLE other (id INTEGER)");
    EXPECT_EQ(open_sqlite(foreign).error().code, ErrorCode::kInvalid);
}

TEST_F(SqliteDatabaseTest, RefusesAFileThatIsNoDatabase) {
    const auto text = (dir_.path() / "text").string();
    std::ofstream(text) << std::string(5000, 'x');
    const auto opened = open_sqlite(text);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(opened.error().message, text + " is not a database");
}

TEST_F(SqliteDatabaseTest, NamesAMissingDirectory) {
    const auto missing = (dir_.path() / "missing").string();
    const auto opened = open_sqlite(missing + "/gatehouse.db");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(opened.error().message, "the database directory " + missing + " does not exist");
}

TEST_F(SqliteDatabaseTest, RefusesWhatCannotBeOpenedOrWritten) {
    EXPECT_EQ(open_sqlite(dir_.path().string()).error().code, ErrorCode::kUnavailable);
    if (geteuid() == 0) {
        GTEST_SKIP() << "root writes everywhere";
    }
    const auto locked = dir_.path() / "locked";
    std::filesystem::create_directory(locked);
    std::filesystem::permissions(locked, std::filesystem::perms::owner_exec);
    EXPECT_EQ(open_sqlite((locked / "a.db").string()).error().code, ErrorCode::kUnavailable);
    std::filesystem::permissions(locked, std::filesystem::perms::owner_all);
}

TEST_F(SqliteDatabaseTest, ReportsAFullStoreAsUnavailable) {
    make_table();
    ASSERT_TRUE(database_->transaction([](Session& session) -> Result<void> {
        (void)session.query("PRAGMA max_page_count = 1", {});
        return {};
    }));
    const auto done = database_->transaction([](Session& session) -> Result<void> {
        const auto inserted = session.execute("INSERT INTO items VALUES ('a', 1, ?)",
                                              {Blob{std::string(1 << 20, 'x')}});
        return inserted ? Result<void>{} : std::unexpected(inserted.error());
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(count(), 0);
}

// Several processes of one installation may start at once.
TEST_F(SqliteDatabaseTest, MigratesOnceWhenOpenedManyTimesAtOnce) {
    for (int round = 0; round < 5; ++round) {
        const auto path = (dir_.path() / ("fresh" + std::to_string(round))).string();
        std::vector<std::future<Result<std::unique_ptr<Database>>>> openings;
        for (int i = 0; i < 6; ++i) {
            openings.push_back(std::async(std::launch::async, [&] { return open_sqlite(path); }));
        }
        std::vector<std::unique_ptr<Database>> databases;
        for (auto& opening : openings) {
            auto opened = opening.get();
            ASSERT_TRUE(opened) << describe(opened.error());
            databases.push_back(std::move(*opened));
        }
        const auto rows = databases.back()->query("SELECT COUNT(*) FROM schema_migrations", {});
        EXPECT_EQ(rows->front().integer(0), std::ssize(sqlite_migrations()));
    }
}

TEST(SqliteErrorCode, BlamesTheRightOne) {
    EXPECT_EQ(sqlite_error_code(SQLITE_CONSTRAINT_UNIQUE), ErrorCode::kConflict);
    for (const int code : {SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_READONLY_DBMOVED,
                           SQLITE_CANTOPEN, SQLITE_BUSY_SNAPSHOT, SQLITE_LOCKED}) {
        EXPECT_EQ(sqlite_error_code(code), ErrorCode::kUnavailable) << code;
    }
    EXPECT_EQ(sqlite_error_code(SQLITE_CORRUPT_INDEX), ErrorCode::kCorrupt);
    EXPECT_EQ(sqlite_error_code(SQLITE_NOTADB), ErrorCode::kCorrupt);
    EXPECT_EQ(sqlite_error_code(SQLITE_MISUSE), ErrorCode::kInternal);
}

}  // namespace
}  // namespace gatehouse::storage
