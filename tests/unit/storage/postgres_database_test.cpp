// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres_database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "storage/internal/migrations.h"
#include "support/postgres_server.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

using test::PostgresServer;

class PostgresDatabaseTest : public testing::Test {
  protected:
    [[nodiscard]] std::unique_ptr<PostgresDatabase> connect(
        PostgresDatabase::Options options = {}) const {
        return std::make_unique<PostgresDatabase>(server_.url(name_), options);
    }

    PostgresServer& server_ = PostgresServer::shared();
    std::string name_ = server_.make_migrated();
    std::unique_ptr<PostgresDatabase> database_ = connect();
};

std::set<std::string> texts(const Result<std::vector<Row>>& rows) {
    std::set<std::string> found;
    EXPECT_TRUE(rows) << describe(rows.error());
    for (const Row& row : *rows) {
        found.insert(row.text(0));
    }
    return found;
}

TEST_F(PostgresDatabaseTest, HasTheTablesAndColumnsOfSqlite) {
    const test::TempDir dir;
    const auto sqlite = open_sqlite(dir / "a.db").value();
    const auto ours = texts(
        database_->query("SELECT table_name || '.' || column_name FROM information_schema.columns "
                         "WHERE table_schema = current_schema()",
                         {}));
    const auto theirs = texts(sqlite->query(
        "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'",
        {}));
    EXPECT_EQ(ours, theirs);
    EXPECT_GT(ours.size(), 100U);
}

TEST_F(PostgresDatabaseTest, HasWideIntegersAndTextThatSortsByBytes) {
    EXPECT_EQ(texts(database_->query(
                  "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE "
                  "table_schema = current_schema() AND (data_type NOT IN ('bigint', 'text', "
                  "'bytea') OR (data_type = 'text' AND collation_name IS DISTINCT FROM 'C'))",
                  {})),
              std::set<std::string>());
}

TEST_F(PostgresDatabaseTest, NotesEachMigrationOnce) {
    const auto again = open_postgres(server_.url(name_));
    ASSERT_TRUE(again) << describe(again.error());
    const auto rows = (*again)->query(
        "SELECT version, name, applied_at FROM schema_migrations ORDER BY version", {});
    const auto steps = postgres_migrations();
    ASSERT_EQ(rows->size(), steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        EXPECT_EQ((*rows)[i].integer(0), steps[i].version);
        EXPECT_EQ((*rows)[i].text(1), steps[i].name);
        EXPECT_GT((*rows)[i].integer(2), 1'700'000'000'000);
    }
}

TEST_F(PostgresDatabaseTest, MigratesOnceWhenManyReplicasStartAtOnce) {
    for (int round = 0; round < 3; ++round) {
        const auto url = server_.url(server_.make_database());
        std::vector<std::future<Result<std::unique_ptr<Database>>>> openings;
        for (int i = 0; i < 6; ++i) {
            openings.push_back(std::async(std::launch::async, [&] { return open_postgres(url); }));
        }
        for (auto& opening : openings) {
            auto opened = opening.get();
            ASSERT_TRUE(opened) << describe(opened.error());
            const auto rows = (*opened)->query("SELECT COUNT(*) FROM schema_migrations", {});
            EXPECT_EQ(rows->front().integer(0), std::ssize(postgres_migrations()));
        }
    }
}

TEST_F(PostgresDatabaseTest, NeedsNoMoreThanItsOwnSchema) {
    const auto name = server_.make_database();
    server_.run("postgres", "CREATE ROLE " + name + " LOGIN");
    server_.run("postgres", "GRANT CONNECT ON DATABASE " + name + " TO " + name);
    server_.run(name, "CREATE SCHEMA " + name + " AUTHORIZATION " + name);
    std::string url(server_.url(name).reveal());
    url.replace(url.find("gatehouse@"), 9, name);
    const auto opened = open_postgres(Secret(url));
    ASSERT_TRUE(opened) << describe(opened.error());
    EXPECT_TRUE((*opened)->is_usable());
    EXPECT_EQ(
        (*opened)
            ->query("SELECT COUNT(*) FROM pg_roles WHERE rolname = current_user AND rolsuper", {})
            ->front()
            .integer(0),
        0);
}

// What `CREATE TABLE IF NOT EXISTS` is refused for does not matter once the table can be read.
TEST_F(PostgresDatabaseTest, NeedsNoRightToMakeTablesOnceTheyAreThere) {
    const auto role = name_ + "_user";
    server_.run("postgres", "CREATE ROLE " + role + " LOGIN");
    server_.run(name_, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    server_.run(name_,
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role);
    std::string url(server_.url(name_).reveal());
    url.replace(url.find("//") + 2, url.find('@') - url.find("//") - 2, role);
    const auto opened = open_postgres(Secret(url));
    ASSERT_TRUE(opened) << describe(opened.error());
    EXPECT_TRUE((*opened)->is_usable());
}

TEST_F(PostgresDatabaseTest, RefusesADatabaseOfANewerVersion) {
    ASSERT_TRUE(database_->execute("INSERT INTO schema_migrations VALUES (9999, 'future', 0)", {}));
    const auto opened = open_postgres(server_.url(name_));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
    EXPECT_NE(opened.error().message.find("start a newer program"), std::string::npos);
}

TEST_F(PostgresDatabaseTest, RefusesADatabaseOfAnotherProgram) {
    const auto name = server_.make_database();
    server_.run(name, "CREATE TABLE schema_migrations (filename TEXT)");
    EXPECT_EQ(open_postgres(server_.url(name)).error().code, ErrorCode::kInvalid);
}

TEST_F(PostgresDatabaseTest, RefusesADatabaseThatHoldsNoUtf8) {
    server_.run("postgres",
                "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    const auto opened = open_postgres(server_.url("latin"));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
    EXPECT_NE(opened.error().message.find("UTF8"), std::string::npos);
}

TEST_F(PostgresDatabaseTest, NeverQuotesItsAddress) {
    for (const std::string url :
         {"postgresql://user:hunter2@127.0.0.1:1/db?connect_timeout=1",
          "postgresql://user:hunter2%zz@127.0.0.1:1/db",
          "postgresql://user@127.0.0.1:1/db?password=hunter2&nonsense=hunter2",
          "postgresql://user:hunter2@[::1/db", "hunter2"}) {
        const auto opened = open_postgres(Secret(url));
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(describe(opened.error()).find("hunter2"), std::string::npos)
            << describe(opened.error());
    }
}

TEST_F(PostgresDatabaseTest, RunsATransactionAgainWhenTheStoreAsksForIt) {
    ASSERT_TRUE(database_->execute(
        "INSERT INTO budget_counts (budget, account, window_start, window_end, used) "
        "VALUES ('b', 'a', 0, 1, 0)",
        {}));
    std::atomic<int> runs{0};
    const auto add = [&] {
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(database_->transaction([&](Session& session) -> Result<void> {
                ++runs;
                const auto rows = session.query("SELECT used FROM budget_counts", {});
                if (!rows) {
                    return std::unexpected(rows.error());
                }
                const auto done = session.execute("UPDATE budget_counts SET used = ?",
                                                  {rows->front().integer(0) + 1});
                return done ? Result<void>{} : std::unexpected(done.error());
            }));
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back(add);
        }
    }
    EXPECT_EQ(database_->query("SELECT used FROM budget_counts", {})->front().integer(0), 80);
    EXPECT_GT(runs, 80) << "nothing was ever in the way of anything: the test shows nothing";
}

TEST_F(PostgresDatabaseTest, RunsBothOfTwoThatWaitForEachOther) {
    for (const auto* id : {"a", "b"}) {
        ASSERT_TRUE(
            database_->execute("INSERT INTO journal_positions VALUES (?, 0)", {std::string(id)}));
    }
    std::atomic<int> first{0};
    const auto both = [&](const std::string& one, const std::string& other) {
        EXPECT_TRUE(database_->transaction([&](Session& session) -> Result<void> {
            const std::string sql =
                "UPDATE journal_positions SET position = position + 1 "
                "WHERE segment = ?";
            if (auto done = session.execute(sql, {one}); !done) {
                return std::unexpected(done.error());
            }
            ++first;
            while (first < 2) {
                std::this_thread::yield();
            }
            const auto done = session.execute(sql, {other});
            return done ? Result<void>{} : std::unexpected(done.error());
        }));
    };
    {
        const std::jthread one(both, "a", "b");
        const std::jthread two(both, "b", "a");
    }
    EXPECT_EQ(
        database_->query("SELECT SUM(position) FROM journal_positions", {})->front().integer(0), 4);
}

TEST_F(PostgresDatabaseTest, CommitsNothingAfterAFailureThatWasPassedOver) {
    const auto done = database_->transaction([](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("INSERT INTO pauses VALUES ('server', 'a', 'a', 1)", {}));
        EXPECT_FALSE(session.execute("INSERT INTO pauses VALUES ('server', 'a', 'a', 1)", {}));
        return {};
    });
    EXPECT_FALSE(done);
    EXPECT_EQ(database_->query("SELECT COUNT(*) FROM pauses", {})->front().integer(0), 0);
}

TEST_F(PostgresDatabaseTest, HearsWhatAnotherReplicaAnnounces) {
    const auto other = connect();
    EXPECT_TRUE(database_->take_announcements()) << "it may have missed something before";
    EXPECT_FALSE(database_->take_announcements());
    other->announce();
    bool heard = false;
    for (int i = 0; i < 200 && !heard; ++i) {
        ::poll(nullptr, 0, 10);
        heard = database_->take_announcements();
    }
    EXPECT_TRUE(heard);
}

TEST_F(PostgresDatabaseTest, KnowsTheTimeOfTheStore) {
    const auto time = database_->time();
    ASSERT_TRUE(time);
    ASSERT_TRUE(*time);
    EXPECT_LT(std::chrono::abs(**time - SystemClock().now()), std::chrono::seconds(5));
}

TEST_F(PostgresDatabaseTest, EndsAStatementThatTakesTooLong) {
    const auto impatient = connect({.deadlines = {.statement = std::chrono::milliseconds(300)}});
    const auto start = SystemClock().steady_now();
    const auto answer = impatient->query("SELECT pg_sleep(20)", {});
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_LT(SystemClock().steady_now() - start, std::chrono::seconds(3));
    EXPECT_TRUE(impatient->is_usable());
}

// With a server of their own, that can be stopped.
class PostgresOutage : public testing::Test {
  protected:
    static PostgresServer& own_server() {
        static PostgresServer server;
        return server;
    }

    PostgresServer& server_ = own_server();
    std::string name_ = server_.make_migrated();
    PostgresDatabase database_{server_.url(name_),
                               {.deadlines = {.connect = std::chrono::milliseconds(500),
                                              .statement = std::chrono::milliseconds(500)},
                                .pause = std::chrono::milliseconds(50)}};

    [[nodiscard]] bool recovers() {
        for (int i = 0; i < 100; ++i) {
            if (database_.is_usable()) {
                return true;
            }
            ::poll(nullptr, 0, 50);
        }
        return false;
    }
};

TEST_F(PostgresOutage, ComesBackByItselfAfterTheServerWasLost) {
    ASSERT_TRUE(database_.execute("INSERT INTO pauses VALUES ('server', 'a', 'a', 1)", {}));
    ASSERT_TRUE(database_.take_announcements());
    server_.kill();
    const auto failed = database_.query("SELECT COUNT(*) FROM pauses", {});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(failed.error().message, "the store cannot serve now");
    EXPECT_EQ(database_.transaction([](Session&) -> Result<void> { return {}; }).error().code,
              ErrorCode::kUnavailable);
    (void)database_.take_announcements();
    server_.launch();
    ASSERT_TRUE(recovers());
    EXPECT_EQ(database_.query("SELECT COUNT(*) FROM pauses", {})->front().integer(0), 1);
    bool listens = false;
    for (int i = 0; i < 100 && !listens; ++i) {
        ::poll(nullptr, 0, 50);
        listens = database_.take_announcements();
    }
    EXPECT_TRUE(listens) << "the listener is back, and knows that it may have missed something";
}

TEST_F(PostgresOutage, NoticesNothingOfAServerThatWasRestartedBetweenTwoCalls) {
    ASSERT_TRUE(database_.is_usable());
    server_.kill();
    server_.launch();
    EXPECT_TRUE(database_.execute("INSERT INTO pauses VALUES ('server', 'a', 'a', 1)", {}));
}

TEST_F(PostgresOutage, WaitsForAServerThatStandsStillNoLongerThanItMay) {
    ASSERT_TRUE(database_.is_usable());
    server_.run("postgres", "SELECT 1");
    ASSERT_TRUE(database_.execute("DELETE FROM pauses", {}));
    const auto start = SystemClock().steady_now();
    server_.send(SIGSTOP);  // no new connection is answered
    PostgresDatabase late(server_.url(name_),
                          {.deadlines = {.connect = std::chrono::milliseconds(300)},
                           .pause = std::chrono::seconds(20)});
    EXPECT_EQ(late.query("SELECT 1", {}).error().code, ErrorCode::kUnavailable);
    const auto once = SystemClock().steady_now() - start;
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(late.query("SELECT 1", {}).error().code, ErrorCode::kUnavailable);
    }
    EXPECT_LT(SystemClock().steady_now() - start, once + std::chrono::milliseconds(200))
        << "nobody waits for what is known not to answer";
    server_.send(SIGCONT);
    EXPECT_TRUE(recovers());
}

TEST(PostgresErrorCode, BlamesTheRightOne) {
    EXPECT_EQ(postgres_error_code("23505"), ErrorCode::kConflict);
    EXPECT_EQ(postgres_error_code("23503"), ErrorCode::kConflict);
    for (const auto* state : {"08006", "28P01", "40001", "40P01", "53100", "53300", "55P03",
                              "57014", "57P01", "58030", "25006", ""}) {
        EXPECT_EQ(postgres_error_code(state), ErrorCode::kUnavailable) << state;
    }
    EXPECT_EQ(postgres_error_code("XX001"), ErrorCode::kCorrupt);
    EXPECT_EQ(postgres_error_code("42601"), ErrorCode::kInternal);
}

}  // namespace
}  // namespace gatehouse::storage
