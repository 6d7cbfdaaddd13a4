// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite_database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

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

    Result<std::int64_t> insert(const std::string& id, std::int64_t count = 1) {
        return database_->execute("INSERT INTO items VALUES (?, ?, NULL)", {id, count});
    }

    std::int64_t count() {
        const auto rows = database_->query("SELECT COUNT(*) FROM items", {});
        return rows ? rows->front().integer(0) : -1;
    }

    test::TempDir dir_;
    std::string path_ = (dir_.path() / "gatehouse.db").string();
    std::unique_ptr<Database> database_;
};

TEST_F(SqliteDatabaseTest, KeepsEveryTypeOfField) {
    make_table();
    const std::string odd("a\0\xFF'b", 5);
    ASSERT_EQ(database_->execute("INSERT INTO items VALUES (?, ?, ?)",
                                 {std::string("x"), std::int64_t{-5}, Blob{odd}}),
              1);
    ASSERT_EQ(database_->execute("INSERT INTO items VALUES (?, ?, ?)",
                                 {std::string(), std::int64_t{0}, Blob{}}),
              1);
    ASSERT_TRUE(insert("z"));
    const auto rows = database_->query("SELECT id, count, data FROM items ORDER BY id", {});
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ((*rows)[0].text(0), "");
    EXPECT_FALSE((*rows)[0].is_null(2));
    EXPECT_EQ((*rows)[1].text(0), "x");
    EXPECT_EQ((*rows)[1].integer(1), -5);
    EXPECT_EQ((*rows)[1].blob(2), odd);
    EXPECT_TRUE((*rows)[2].is_null(2));
    EXPECT_EQ((*rows)[2].blob(2), "");
}

TEST_F(SqliteDatabaseTest, CountsChangedRows) {
    make_table();
    ASSERT_TRUE(insert("a"));
    ASSERT_TRUE(insert("b"));
    EXPECT_EQ(database_->execute("UPDATE items SET count = 2", {}), 2);
    EXPECT_EQ(database_->execute("DELETE FROM items WHERE id = ?", {std::string("c")}), 0);
}

TEST_F(SqliteDatabaseTest, AnswersWritingQueries) {
    make_table();
    const auto rows = database_->query(
        "INSERT INTO items VALUES (?, 7, NULL) ON CONFLICT (id) DO NOTHING RETURNING count",
        {std::string("a")});
    ASSERT_TRUE(rows) << describe(rows.error());
    EXPECT_EQ(rows->front().integer(0), 7);
    EXPECT_EQ(count(), 1);
}

TEST_F(SqliteDatabaseTest, ReportsConflicts) {
    make_table();
    ASSERT_TRUE(insert("a"));
    const auto again = insert("a");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kConflict);
    EXPECT_TRUE(insert("b"));
}

TEST_F(SqliteDatabaseTest, EnforcesForeignKeys) {
    make_table();
    ASSERT_TRUE(database_->execute("CREATE TABLE parts (item TEXT REFERENCES items (id))", {}));
    EXPECT_EQ(database_->execute("INSERT INTO parts VALUES ('none')", {}).error().code,
              ErrorCode::kConflict);
}

TEST_F(SqliteDatabaseTest, RefusesOurOwnMistakes) {
    make_table();
    for (const auto* sql : {"SELECT", "SELECT * FROM nowhere", "", "SELECT 1; SELECT 2"}) {
        EXPECT_EQ(database_->query(sql, {}).error().code, ErrorCode::kInternal) << sql;
        EXPECT_EQ(database_->execute(sql, {}).error().code, ErrorCode::kInternal) << sql;
    }
    EXPECT_EQ(database_->query("SELECT ?", {}).error().code, ErrorCode::kInternal);
    EXPECT_EQ(database_->query("SELECT 1", {std::int64_t{1}}).error().code, ErrorCode::kInternal);
}

TEST_F(SqliteDatabaseTest, CommitsWhenTheWorkSucceeds) {
    make_table();
    ASSERT_TRUE(database_->transaction([&](Session& session) -> Result<void> {
        (void)session.execute("INSERT INTO items VALUES ('a', 1, NULL)", {});
        (void)session.execute("INSERT INTO items VALUES ('b', 1, NULL)", {});
        EXPECT_EQ(session.query("SELECT COUNT(*) FROM items", {})->front().integer(0), 2);
        return {};
    }));
    EXPECT_EQ(count(), 2);
}

TEST_F(SqliteDatabaseTest, RollsBackWhenTheWorkFails) {
    make_table();
    const auto done = database_->transaction([&](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("INSERT INTO items VALUES ('a', 1, NULL)", {}));
        return fail(ErrorCode::kForbidden, "no");
    });
    EXPECT_EQ(done.error().code, ErrorCode::kForbidden);
    EXPECT_EQ(count(), 0);
    EXPECT_TRUE(insert("a"));
}

TEST_F(SqliteDatabaseTest, RollsBackWhenTheWorkThrows) {
    make_table();
    EXPECT_THROW((void)database_->transaction([&](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("INSERT INTO items VALUES ('a', 1, NULL)", {}));
        throw std::bad_alloc();
    }),
                 std::bad_alloc);
    EXPECT_EQ(count(), 0);
    EXPECT_TRUE(insert("a"));
}

TEST_F(SqliteDatabaseTest, KeepsCommittedRowsOverReopen) {
    make_table();
    ASSERT_TRUE(insert("a", 9));
    open();
    EXPECT_EQ(database_->query("SELECT count FROM items", {})->front().integer(0), 9);
}

TEST_F(SqliteDatabaseTest, ReadsBesideAnOpenTransaction) {
    make_table();
    ASSERT_TRUE(insert("a"));
    ASSERT_TRUE(database_->transaction([&](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("DELETE FROM items", {}));
        EXPECT_EQ(std::async(std::launch::async, [&] { return count(); }).get(), 1);
        return {};
    }));
    EXPECT_EQ(count(), 0);
}

TEST_F(SqliteDatabaseTest, LosesNoUpdateOfManyThreads) {
    make_table();
    ASSERT_TRUE(insert("a", 0));
    const auto add = [&] {
        for (int i = 0; i < 25; ++i) {
            EXPECT_TRUE(database_->transaction([](Session& session) -> Result<void> {
                const auto rows = session.query("SELECT count FROM items", {});
                const auto next = rows->front().integer(0) + 1;
                (void)session.execute("UPDATE items SET count = ?", {next});
                return {};
            }));
            EXPECT_TRUE(database_->query("SELECT count FROM items", {}));
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back(add);
        }
    }
    EXPECT_EQ(database_->query("SELECT count FROM items", {})->front().integer(0), 150);
}

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
