// SPDX-License-Identifier: Apache-2.0
// What every store promises; run on SQLite and on PostgreSQL.
#include "storage/database.h"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <thread>

#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

class DatabaseContract : public testing::Test {
  protected:
    DatabaseContract() { open(); }

    void open() {
        database_.reset();
        auto opened = test::open_store(path_);
        ASSERT_TRUE(opened) << describe(opened.error());
        database_ = std::move(*opened);
    }

    void make_table() {
        ASSERT_TRUE(database_->execute("CREATE TABLE items (id TEXT PRIMARY KEY, count " +
                                           std::string(test::on_postgres() ? "BIGINT" : "INTEGER") +
                                           " NOT NULL, data " +
                                           (test::on_postgres() ? "BYTEA" : "BLOB") + ")",
                                       {}));
    }

    Result<std::int64_t> insert(const std::string& id, std::int64_t count = 1) {
        return database_->execute("INSERT INTO items VALUES (?, ?, NULL)", {id, count});
    }

    std::int64_t count() {
        const auto rows = database_->query("SELECT COUNT(*) FROM items", {});
        return rows ? rows->front().integer(0) : -1;
    }

    test::TempDir dir_;
    std::string path_ = dir_ / "gatehouse.db";
    std::unique_ptr<Database> database_;
};

TEST_F(DatabaseContract, KeepsEveryTypeOfField) {
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

TEST_F(DatabaseContract, CountsChangedRows) {
    make_table();
    ASSERT_TRUE(insert("a"));
    ASSERT_TRUE(insert("b"));
    EXPECT_EQ(database_->execute("UPDATE items SET count = 2", {}), 2);
    EXPECT_EQ(database_->execute("DELETE FROM items WHERE id = ?", {std::string("c")}), 0);
}

TEST_F(DatabaseContract, AnswersWritingQueries) {
    make_table();
    const auto rows = database_->query(
        "INSERT INTO items VALUES (?, 7, NULL) ON CONFLICT (id) DO NOTHING RETURNING count",
        {std::string("a")});
    ASSERT_TRUE(rows) << describe(rows.error());
    EXPECT_EQ(rows->front().integer(0), 7);
    EXPECT_EQ(count(), 1);
}

TEST_F(DatabaseContract, ReportsConflicts) {
    make_table();
    ASSERT_TRUE(insert("a"));
    const auto again = insert("a");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kConflict);
    EXPECT_TRUE(insert("b"));
}

TEST_F(DatabaseContract, EnforcesForeignKeys) {
    make_table();
    ASSERT_TRUE(database_->execute("CREATE TABLE parts (item TEXT REFERENCES items (id))", {}));
    EXPECT_EQ(database_->execute("INSERT INTO parts VALUES ('none')", {}).error().code,
              ErrorCode::kConflict);
}

TEST_F(DatabaseContract, RefusesOurOwnMistakes) {
    make_table();
    for (const auto* sql : {"SELEC 1", "SELECT * FROM nowhere", "", "SELECT 1; SELECT 2"}) {
        EXPECT_EQ(database_->query(sql, {}).error().code, ErrorCode::kInternal) << sql;
        EXPECT_EQ(database_->execute(sql, {}).error().code, ErrorCode::kInternal) << sql;
    }
    EXPECT_EQ(database_->query("SELECT ?", {}).error().code, ErrorCode::kInternal);
    EXPECT_EQ(database_->query("SELECT 1", {std::int64_t{1}}).error().code, ErrorCode::kInternal);
}

TEST_F(DatabaseContract, CommitsWhenTheWorkSucceeds) {
    make_table();
    ASSERT_TRUE(database_->transaction([&](Session& session) -> Result<void> {
        (void)session.execute("INSERT INTO items VALUES ('a', 1, NULL)", {});
        (void)session.execute("INSERT INTO items VALUES ('b', 1, NULL)", {});
        EXPECT_EQ(session.query("SELECT COUNT(*) FROM items", {})->front().integer(0), 2);
        return {};
    }));
    EXPECT_EQ(count(), 2);
}

TEST_F(DatabaseContract, RollsBackWhenTheWorkFails) {
    make_table();
    const auto done = database_->transaction([&](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("INSERT INTO items VALUES ('a', 1, NULL)", {}));
        return fail(ErrorCode::kForbidden, "no");
    });
    EXPECT_EQ(done.error().code, ErrorCode::kForbidden);
    EXPECT_EQ(count(), 0);
    EXPECT_TRUE(insert("a"));
}

TEST_F(DatabaseContract, RollsBackWhenTheWorkThrows) {
    make_table();
    EXPECT_THROW((void)database_->transaction([&](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("INSERT INTO items VALUES ('a', 1, NULL)", {}));
        throw std::bad_alloc();
    }),
                 std::bad_alloc);
    EXPECT_EQ(count(), 0);
    EXPECT_TRUE(insert("a"));
}

TEST_F(DatabaseContract, KeepsCommittedRowsOverReopen) {
    make_table();
    ASSERT_TRUE(insert("a", 9));
    open();
    EXPECT_EQ(database_->query("SELECT count FROM items", {})->front().integer(0), 9);
}

TEST_F(DatabaseContract, ReadsBesideAnOpenTransaction) {
    make_table();
    ASSERT_TRUE(insert("a"));
    ASSERT_TRUE(database_->transaction([&](Session& session) -> Result<void> {
        EXPECT_TRUE(session.execute("DELETE FROM items", {}));
        EXPECT_EQ(std::async(std::launch::async, [&] { return count(); }).get(), 1);
        return {};
    }));
    EXPECT_EQ(count(), 0);
}

TEST_F(DatabaseContract, LosesNoUpdateOfManyThreads) {
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

TEST_F(DatabaseContract, KeepsTextOfAnyBytesAndTellsItApart) {
    make_table();
    const std::vector<std::string> texts{"plain",           "\xE2\x82\xAC", std::string("a\0b", 3),
                                         "broken \xE2\x82", "\xEF\x9C\x80", "\xEF\xBF\xBD"};
    for (const std::string& text : texts) {
        ASSERT_TRUE(insert(text)) << text;
    }
    for (const std::string& text : texts) {
        const auto rows = database_->query("SELECT id FROM items WHERE id = ?", {text});
        ASSERT_TRUE(rows);
        ASSERT_EQ(rows->size(), 1U);
        EXPECT_EQ(rows->front().text(0), text);
    }
}

TEST_F(DatabaseContract, SortsTextByItsBytes) {
    for (const auto* id : {"b", "A", "a", "B", "_"}) {
        ASSERT_TRUE(database_->execute(
            "INSERT INTO users (id, source, subject, created_at) VALUES (?, 'local', ?, 1)",
            {std::string(id), std::string(id)}));
    }
    const auto rows = database_->query("SELECT id FROM users ORDER BY id", {});
    ASSERT_TRUE(rows);
    std::string order;
    for (const Row& row : *rows) {
        order += row.text(0);
    }
    EXPECT_EQ(order, "AB_ab");
}

TEST_F(DatabaseContract, AnswersSumsAndAveragesInIntegers) {
    make_table();
    ASSERT_TRUE(insert("a", 5'000'000'000));
    ASSERT_TRUE(insert("b", 5'000'000'001));
    const auto rows = database_->query(
        "SELECT SUM(count), AVG(count), COALESCE(SUM(count), 0), MAX(count), COUNT(*) FROM items",
        {});
    ASSERT_TRUE(rows) << describe(rows.error());
    EXPECT_EQ(rows->front().integer(0), 10'000'000'001);
    EXPECT_EQ(rows->front().integer(1), 5'000'000'000);
    EXPECT_EQ(rows->front().integer(2), 10'000'000'001);
    EXPECT_EQ(rows->front().integer(3), 5'000'000'001);
    EXPECT_EQ(rows->front().integer(4), 2);
}

TEST_F(DatabaseContract, TakesNullForAnyParameter) {
    make_table();
    ASSERT_TRUE(insert("a"));
    const std::string sql = "SELECT id FROM items WHERE (? IS NULL OR count >= ?)";
    EXPECT_EQ(database_->query(sql, {nullptr, nullptr})->size(), 1U);
    EXPECT_EQ(database_->query(sql, {std::int64_t{2}, std::int64_t{2}})->size(), 0U);
}

TEST_F(DatabaseContract, RunsOneStatementForManySets) {
    make_table();
    std::vector<std::vector<Field>> sets;
    for (std::int64_t i = 0; i < 700; ++i) {
        sets.push_back({std::to_string(i), i, Blob{std::string(200, '\0')}});
    }
    sets.push_back({std::string("last"), std::int64_t{1}, nullptr});
    ASSERT_TRUE(database_->transaction([&](Session& session) {
        return session.execute_each("INSERT INTO items VALUES (?, ?, ?)", sets);
    }));
    EXPECT_EQ(count(), 701);
    ASSERT_TRUE(database_->execute_each("DELETE FROM items WHERE id = ?", {{std::string("5")}}));
    EXPECT_EQ(count(), 700);
}

TEST_F(DatabaseContract, KeepsNothingOfABatchThatFailsInATransaction) {
    make_table();
    ASSERT_TRUE(insert("2"));
    const auto done = database_->transaction([&](Session& session) {
        return session.execute_each("INSERT INTO items VALUES (?, 1, NULL)",
                                    {{std::string("1")}, {std::string("2")}, {std::string("3")}});
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kConflict);
    EXPECT_EQ(count(), 1);
    EXPECT_TRUE(insert("4"));
}

class Cells final : public RowSource {
  public:
    explicit Cells(std::vector<std::vector<Field>> rows) : rows_(std::move(rows)) {}

    [[nodiscard]] std::size_t size() const override { return rows_.size(); }

    [[nodiscard]] Cell cell(std::size_t row, std::size_t column) override {
        return Cell::of(rows_.at(row).at(column));
    }

  private:
    std::vector<std::vector<Field>> rows_;
};

constexpr std::array<std::string_view, 3> kItemColumns{"id", "count", "data"};

TEST_F(DatabaseContract, AppendsRowsOfEveryTypeFromMemory) {
    make_table();
    const std::string odd("a\0\xFF'b", 5);
    std::vector<std::vector<Field>> many{{std::string(), std::int64_t{-5}, Blob{}},
                                         {std::string("a\0b", 3), std::int64_t{0}, Blob{odd}},
                                         {std::string("x"), std::int64_t{1}, nullptr}};
    for (std::int64_t i = 0; i < 500; ++i) {
        many.push_back({std::to_string(i), i, Blob{std::string(200, '\0')}});
    }
    Cells rows(many);
    ASSERT_TRUE(database_->transaction(
        [&](Session& session) { return session.append("items", kItemColumns, rows); }));
    EXPECT_EQ(count(), 503);
    const auto found = database_->query(
        "SELECT id, count, data FROM items WHERE id = ? OR id = ? OR id = ? ORDER BY id",
        {many[0][0], many[1][0], many[2][0]});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 3U);
    EXPECT_EQ((*found)[0].text(0), "");
    EXPECT_EQ((*found)[0].integer(1), -5);
    EXPECT_FALSE((*found)[0].is_null(2));
    EXPECT_EQ((*found)[1].text(0), std::string("a\0b", 3));
    EXPECT_EQ((*found)[1].blob(2), odd);
    EXPECT_TRUE((*found)[2].is_null(2));
}

TEST_F(DatabaseContract, AppendsNothingWhereThereIsNothing) {
    make_table();
    Cells none({});
    ASSERT_TRUE(database_->transaction(
        [&](Session& session) { return session.append("items", kItemColumns, none); }));
    EXPECT_EQ(count(), 0);
}

TEST_F(DatabaseContract, KeepsNothingOfAppendedRowsWhenOneIsThereAlready) {
    make_table();
    ASSERT_TRUE(insert("2"));
    Cells rows({{std::string("1"), std::int64_t{1}, nullptr},
                {std::string("2"), std::int64_t{1}, nullptr},
                {std::string("3"), std::int64_t{1}, nullptr}});
    const auto done = database_->transaction(
        [&](Session& session) { return session.append("items", kItemColumns, rows); });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kConflict);
    EXPECT_EQ(count(), 1);
    Cells rest({{std::string("1"), std::int64_t{1}, nullptr}});
    EXPECT_TRUE(database_->transaction(
        [&](Session& session) { return session.append("items", kItemColumns, rest); }));
    EXPECT_EQ(count(), 2);
}

// Two people who each look whether there is room, and each take the last place.
TEST_F(DatabaseContract, LetsNobodyDecideOnWhatAnotherIsChanging) {
    make_table();
    const auto take = [&](const std::string& id) {
        (void)database_->transaction([&](Session& session) -> Result<void> {
            const auto rows = session.query("SELECT COUNT(*) FROM items", {});
            if (!rows) {
                return std::unexpected(rows.error());
            }
            if (rows->front().integer(0) > 0) {
                return fail(ErrorCode::kForbidden, "taken");
            }
            const auto done = session.execute("INSERT INTO items VALUES (?, 1, NULL)", {id});
            return done ? Result<void>{} : std::unexpected(done.error());
        });
    };
    for (int round = 0; round < 20; ++round) {
        ASSERT_TRUE(database_->execute("DELETE FROM items", {}));
        {
            std::vector<std::jthread> people;
            for (int i = 0; i < 4; ++i) {
                people.emplace_back(take, std::to_string(i));
            }
        }
        EXPECT_EQ(count(), 1);
    }
}

}  // namespace
}  // namespace gatehouse::storage
