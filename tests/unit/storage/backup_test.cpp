// SPDX-License-Identifier: Apache-2.0
// Copies of a store, into the same kind and into the other, and stores that older programs made.
#include "storage/backup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>

#include "crypto/sealer.h"
#include "storage/internal/migrations.h"
#include "storage/internal/postgres_connection.h"
#include "storage/internal/postgres_dialect.h"
#include "storage/internal/sqlite_connection.h"
#include "storage/sql_chain_store.h"
#include "storage/sql_connection_store.h"
#include "storage/sql_grant_store.h"
#include "storage/sql_key_store.h"
#include "storage/sql_record_store.h"
#include "storage/sql_user_store.h"
#include "support/fake_clock.h"
#include "support/postgres_server.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

using test::PostgresServer;

const std::filesystem::path kFrozen = std::filesystem::path(GATEHOUSE_SOURCE_DIR) / "tests/frozen";

std::string read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

class Backup : public testing::TestWithParam<std::string> {
  protected:
    [[nodiscard]] std::unique_ptr<Database> open_new(bool postgres) {
        auto opened = postgres ? open_postgres(server_.url(server_.make_migrated()))
                               : open_sqlite(dir_ / ("store" + std::to_string(++stores_)));
        EXPECT_TRUE(opened) << describe(opened.error());
        return std::move(*opened);
    }

    [[nodiscard]] bool from_postgres() const { return GetParam().starts_with("Postgres"); }

    [[nodiscard]] bool to_postgres() const { return GetParam().ends_with("Postgres"); }

    /// A grant, a connection with its tokens, keys, people, and records; text of any bytes.
    void fill(Database& database) {
        SqlUserStore users(database);
        ASSERT_TRUE(users.insert({.id = "u1", .source = "local", .subject = "al\xFFice"}));
        SqlConnectionStore connections(database);
        ASSERT_TRUE(
            connections.insert({.id = "s1", .user_id = "u1", .client_id = "c1", .scopes = {"a"}},
                               oauth::RefreshToken{.digest = "r0", .connection_id = "s1"}));
        SqlKeyStore keys(database);
        const std::string box = crypto::Sealer(keys_, "signing-key").seal("pem", "k1");
        ASSERT_TRUE(keys.insert({.id = "k1", .purpose = "signing-key", .box = box}));
        std::vector<audit::Entry> entries;
        for (std::uint64_t i = 1; i <= 1300; ++i) {
            entries.emplace_back(audit::IntentEntry{.id = i, .user = "u1", .item = "tool"});
        }
        SqlRecordStore records(database);
        const auto chain = SqlChainStore(database).open_chain("replica");
        ASSERT_TRUE(chain) << describe(chain.error());
        ASSERT_TRUE(records.take_over(entries, {{.segment = "loop0-1-000000.seg", .offset = 9}},
                                      *chain,
                                      [](const audit::ChainHead&) { return std::string("seal"); }));
    }

    static void expect_filled(Database& database) {
        const auto user = SqlUserStore(database).find("u1");
        ASSERT_TRUE(user) << describe(user.error());
        EXPECT_EQ(user->subject, "al\xFFice");
        EXPECT_TRUE(SqlConnectionStore(database).find_refresh_token("r0"));
        EXPECT_EQ(SqlKeyStore(database).list("signing-key")->size(), 1U);
        const auto records = SqlRecordStore(database).find({.limit = 2000});
        ASSERT_TRUE(records);
        EXPECT_EQ(records->records.size(), 1300U);
        EXPECT_TRUE(SqlRecordStore(database).positions()->empty())
            << "what was taken over from a journal is a matter of that journal";
    }

    PostgresServer& server_ = PostgresServer::shared();
    test::TempDir dir_;
    test::FakeClock clock_;
    std::vector<Secret> keys_{Secret(std::string(32, 'k'))};
    std::string file_ = dir_ / "copy.backup";
    int stores_ = 0;
};

TEST_P(Backup, RestoresEverythingInTheOtherStore) {
    const auto from = open_new(from_postgres());
    fill(*from);
    const auto written = write_backup(*from, file_, clock_.now());
    ASSERT_TRUE(written) << describe(written.error());
    struct stat info{};
    ASSERT_EQ(::stat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);

    const auto to = open_new(to_postgres());
    ASSERT_TRUE(SqlUserStore(*to).insert({.id = "other", .source = "x", .subject = "y"}));
    const auto restored = restore_backup(*to, file_, keys_);
    ASSERT_TRUE(restored) << describe(restored.error());
    EXPECT_EQ(restored->rows, written->rows);
    EXPECT_EQ(restored->made_at, clock_.now());
    expect_filled(*to);
    EXPECT_FALSE(SqlUserStore(*to).find("other")) << "nothing of before is left";

    const std::string again = dir_ / "again.backup";
    ASSERT_TRUE(write_backup(*to, again, clock_.now()));
    EXPECT_EQ(read_text(again), read_text(file_)) << "a copy of the copy is the same";
}

TEST_P(Backup, IsOfOneMomentWhileOthersWrite) {
    const auto from = open_new(from_postgres());
    fill(*from);
    std::int64_t users = 0;
    ASSERT_TRUE(from->snapshot([&](Session& session, std::vector<Table>) -> Result<void> {
        EXPECT_EQ(session.query("SELECT COUNT(*) FROM users", {})->front().integer(0), 1);
        EXPECT_TRUE(SqlUserStore(*from).insert({.id = "u2", .source = "a", .subject = "b"}));
        users = session.query("SELECT COUNT(*) FROM users", {})->front().integer(0);
        return {};
    }));
    EXPECT_EQ(users, 1);
    EXPECT_TRUE(SqlUserStore(*from).find("u2"));
}

TEST_P(Backup, TouchesNothingForAFileThatIsNotWhole) {
    const auto from = open_new(from_postgres());
    fill(*from);
    ASSERT_TRUE(write_backup(*from, file_, clock_.now()));
    const std::string whole = read_text(file_);
    const auto to = open_new(to_postgres());
    ASSERT_TRUE(SqlUserStore(*to).insert({.id = "other", .source = "x", .subject = "y"}));
    const auto spoil = [&](const std::string& text) {
        std::ofstream(file_, std::ios::binary | std::ios::trunc) << text;
        return restore_backup(*to, file_, keys_).error().code;
    };
    EXPECT_EQ(spoil(whole.substr(0, whole.size() / 2)), ErrorCode::kCorrupt);
    EXPECT_EQ(spoil(whole.substr(0, whole.size() - 1)), ErrorCode::kCorrupt);
    EXPECT_EQ(spoil(whole.substr(0, whole.rfind("{\"rows\""))), ErrorCode::kCorrupt);
    std::string changed = whole;
    changed.replace(changed.find("\"tool\""), 6, "\"took\"");
    EXPECT_EQ(spoil(changed), ErrorCode::kCorrupt);
    EXPECT_EQ(spoil("hello\n"), ErrorCode::kInvalid);
    EXPECT_EQ(spoil(""), ErrorCode::kInvalid);
    EXPECT_TRUE(SqlUserStore(*to).find("other"));
    EXPECT_EQ(restore_backup(*to, dir_ / "none", keys_).error().code, ErrorCode::kNotFound);
}

TEST_P(Backup, TouchesNothingWhenTheMasterKeyDoesNotFit) {
    const auto from = open_new(from_postgres());
    fill(*from);
    ASSERT_TRUE(write_backup(*from, file_, clock_.now()));
    const auto to = open_new(to_postgres());
    ASSERT_TRUE(SqlUserStore(*to).insert({.id = "other", .source = "x", .subject = "y"}));
    EXPECT_EQ(restore_backup(*to, file_, {Secret(std::string(32, 'x'))}).error().code,
              ErrorCode::kForbidden);
    EXPECT_TRUE(SqlUserStore(*to).find("other"));
    EXPECT_TRUE(restore_backup(*to, file_, {Secret(std::string(32, 'x')), keys_.front()}));
}

TEST_P(Backup, OfAnOlderSchemaIsBroughtForward) {
    const auto to = open_new(to_postgres());
    const auto restored = restore_backup(*to, kFrozen / "schema_0008.backup", {});
    ASSERT_TRUE(restored) << describe(restored.error());
    EXPECT_EQ(restored->schema, 8);
    EXPECT_EQ(SqlUserStore(*to).find("u1")->name,
              "Alice \xC3\x84"
              "dler");
    EXPECT_EQ(SqlGrantStore(*to).find("u1", "todo")->sealed.size(), 256U);
    const auto newest = to->query("SELECT MAX(version) FROM schema_migrations", {});
    EXPECT_EQ(newest->front().integer(0), postgres_migrations().back().version);
}

TEST_P(Backup, OfAnUnknownSchemaIsRefused) {
    const auto to = open_new(to_postgres());
    EXPECT_EQ(to->rebuild(9999, [](Session&, std::vector<Table>) -> Result<void> { return {}; })
                  .error()
                  .code,
              ErrorCode::kInvalid);
    EXPECT_TRUE(to->is_usable());
    EXPECT_TRUE(SqlUserStore(*to).list("", 1));
}

INSTANTIATE_TEST_SUITE_P(
    Stores,
    Backup,
    testing::Values("SqliteToSqlite", "SqliteToPostgres", "PostgresToSqlite", "PostgresToPostgres"),
    [](const auto& info) { return info.param; });

/// What is in the frozen stores, read by the program of today.
void expect_frozen(Database& database) {
    const auto user = SqlUserStore(database).find_by_login("alice");
    ASSERT_TRUE(user) << describe(user.error());
    EXPECT_EQ(user->groups, std::vector<std::string>{"staff"});
    const auto token = SqlConnectionStore(database).find_refresh_token("r0");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->successor_box, std::string("\0box\xFF", 5));
    const auto grant = SqlGrantStore(database).find("u1", "todo");
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->version, 3U);
    EXPECT_EQ(grant->sealed[255], '\xFF');
    const auto records = SqlRecordStore(database).find({.user = "u1", .limit = 500});
    ASSERT_TRUE(records);
    EXPECT_EQ(records->records.size(), 120U);
}

TEST(FrozenStore, OfTheFirstMigrationsIsBroughtForwardOnSqlite) {
    const test::TempDir dir;
    const std::string path = dir / "frozen.db";
    std::ofstream(path).close();
    {
        auto raw = SqliteConnection::open(path, SqliteConnection::Mode::kReadWrite);
        ASSERT_TRUE(raw);
        const auto made = (*raw)->run_script(read_text(kFrozen / "schema_0008.sql"));
        ASSERT_TRUE(made) << describe(made.error());
    }
    const auto opened = open_sqlite(path);
    ASSERT_TRUE(opened) << describe(opened.error());
    expect_frozen(**opened);
}

TEST(FrozenStore, OfTheFirstMigrationsIsBroughtForwardOnPostgres) {
    auto& server = PostgresServer::shared();
    const auto name = server.make_database();
    std::string script = to_postgres_types(read_text(kFrozen / "schema_0008.sql"));
    for (auto at = script.find("X'"); at != std::string::npos; at = script.find("X'", at)) {
        script.replace(at, 2, "'\\x");
    }
    server.run(name, script);
    const auto opened = open_postgres(server.url(name));
    ASSERT_TRUE(opened) << describe(opened.error());
    expect_frozen(**opened);
}

}  // namespace
}  // namespace gatehouse::storage
