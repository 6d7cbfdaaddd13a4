// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/postgres_dialect.h"

#include <gtest/gtest.h>

namespace gatehouse::storage {
namespace {

TEST(PostgresDialect, NumbersParametersInTheirOrder) {
    const auto numbered = number_parameters("UPDATE t SET a = ?, b=? WHERE c IN (?,?)");
    EXPECT_EQ(numbered.sql, "UPDATE t SET a = $1, b=$2 WHERE c IN ($3,$4)");
    EXPECT_EQ(numbered.parameters, 4U);
}

TEST(PostgresDialect, LeavesLiteralsNamesAndCommentsAlone) {
    const std::string sql =
        "SELECT '?', 'it''s ?', \"a?b\" -- why?\n FROM t /* what? */ WHERE a = ?";
    const auto numbered = number_parameters(sql);
    EXPECT_EQ(numbered.parameters, 1U);
    EXPECT_EQ(numbered.sql, sql.substr(0, sql.size() - 1) + "$1");
}

TEST(PostgresDialect, GivesATypeToWhatIsOnlyTestedForNull) {
    EXPECT_EQ(number_parameters("SELECT 1 WHERE ? IS NULL OR a >= ? OR ? is not null").sql,
              "SELECT 1 WHERE CAST($1 AS TEXT) IS NULL OR a >= $2 OR CAST($3 AS TEXT) is not null");
    EXPECT_EQ(number_parameters("a = ? ISOLATED").sql, "a = $1 ISOLATED");
}

TEST(PostgresDialect, EndsWithWhatIsNeverClosed) {
    for (const auto* sql : {"SELECT 'a?", "SELECT \"a?", "-- a?", "/* a?", "'", "\"", ""}) {
        EXPECT_EQ(number_parameters(sql).sql, sql);
        EXPECT_EQ(number_parameters(sql).parameters, 0U);
    }
}

TEST(PostgresDialect, TranslatesTheTypesOfMigrations) {
    EXPECT_EQ(to_postgres_types("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB NOT NULL, c REAL)"),
              "CREATE TABLE t (a BIGINT PRIMARY KEY, b BYTEA NOT NULL, c DOUBLE PRECISION)");
    EXPECT_EQ(to_postgres_types("ALTER TABLE t ADD COLUMN text TEXT NOT NULL DEFAULT 'TEXT';"),
              "ALTER TABLE t ADD COLUMN text TEXT COLLATE \"C\" NOT NULL DEFAULT 'TEXT';");
    EXPECT_EQ(to_postgres_types("SELECT CAST(a AS INTEGER), CAST(b AS TEXT) FROM t"),
              "SELECT CAST(a AS BIGINT), CAST(b AS TEXT) FROM t");
    EXPECT_EQ(to_postgres_types("-- INTEGER, TEXT\nCREATE TABLE blobs (integers INTEGER)"),
              "-- INTEGER, TEXT\nCREATE TABLE blobs (integers BIGINT)");
}

TEST(PostgresDialect, KeepsOrdinaryText) {
    for (const auto* text : {"", "plain",
                             "Gr\xC3\xBC\xC3\x9F"
                             "e \xE2\x82\xAC \xF0\x9F\x98\x80",
                             "\xEF\xBF\xBD \xEE\x80\x80 \xEF\x9B\xBF \xEF\xA0\x80"}) {
        EXPECT_EQ(to_postgres_text(text), text);
    }
}

TEST(PostgresDialect, WritesEveryOtherByteAsACharacterOfItsOwn) {
    EXPECT_EQ(to_postgres_text(std::string("a\0b", 3)),
              "a\xEF\x9C\x80"
              "b");
    EXPECT_EQ(to_postgres_text("\xFF"), "\xEF\x9F\xBF");
    EXPECT_EQ(to_postgres_text("\xED\xA0\x80").size(), 9U) << "a surrogate is no character";
    EXPECT_EQ(to_postgres_text("\xC0\xAF").size(), 6U) << "nor is an overlong one";
    EXPECT_EQ(to_postgres_text("\xEF\x9C\x80").size(), 9U) << "an escape itself is escaped";
}

TEST(PostgresDialect, GivesBackTheSameBytes) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    // Every pair and every triple that begins like a character or an escape.
    for (const int first : {0x00, 0x7F, 0x80, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5}) {
        for (int second = 0x70; second < 0xD0; ++second) {
            for (const int third : {0x7F, 0x80, 0x9C, 0xBF, 0xC0}) {
                all +=
                    {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)};
            }
        }
    }
    EXPECT_EQ(from_postgres_text(to_postgres_text(all)), all);
    EXPECT_EQ(to_postgres_text(all).find('\0'), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::storage
