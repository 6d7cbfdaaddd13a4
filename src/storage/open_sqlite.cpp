// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/assert.h"
#include "storage/internal/migrations.h"
#include "storage/sqlite_database.h"

namespace gatehouse::storage {

namespace {

constexpr int kReaders = 4;

Result<void> prepare_file(const std::string& path) {
    auto parent = std::filesystem::path(path).parent_path();
    if (parent.empty()) {
        parent = ".";
    }
    std::error_code ec;
    if (!std::filesystem::is_directory(parent, ec)) {
        return fail(ErrorCode::kUnavailable,
                    "the database directory " + parent.string() + " does not exist");
    }
    // SQLite gives -wal and -shm the mode of the file. mknod, because closing a descriptor of the
    // file would drop the locks that another connection of this process holds on it.
    if (mknod(path.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) != 0 && errno != EEXIST) {
        return fail(ErrorCode::kUnavailable, "the database " + path + " cannot be created",
                    std::generic_category().message(errno));
    }
    return {};
}

Result<std::int64_t> read_number(Session& session, std::string_view sql) {
    const auto rows = session.query(sql, {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->empty() ? 0 : rows->front().integer(0);
}

// An empty file becomes ours; any other must already be.
Result<void> check_ownership(Session& session) {
    const auto objects = read_number(session, "SELECT COUNT(*) FROM sqlite_master");
    const auto ours = read_number(session,
                                  "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND "
                                  "name = 'schema_migrations'");
    if (!objects || !ours) {
        return std::unexpected(objects ? ours.error() : objects.error());
    }
    if (*objects > 0 && *ours == 0) {
        return fail(ErrorCode::kInvalid, "the database belongs to another program");
    }
    return {};
}

Result<void> apply(SqliteConnection& connection, const Migration& migration) {
    if (auto done = connection.run_script(std::string(migration.sql)); !done) {
        return done;
    }
    const auto noted = connection.execute(
        "INSERT INTO schema_migrations (version, name, applied_at) "
        "VALUES (?, ?, CAST(strftime('%s', 'now') AS INTEGER) * 1000)",
        {migration.version, std::string(migration.name)});
    return noted ? Result<void>{} : std::unexpected(noted.error());
}

Result<void> check_version(std::int64_t applied, std::span<const Migration> migrations) {
    const auto newest = migrations.empty() ? 0 : migrations.back().version;
    if (applied > newest) {
        return fail(ErrorCode::kInvalid, "the database has schema version " +
                                             std::to_string(applied) +
                                             ", this program knows up to " +
                                             std::to_string(newest) + ": start a newer program");
    }
    return {};
}

Result<void> prepare_table(SqliteConnection& connection) {
    if (auto owned = check_ownership(connection); !owned) {
        return owned;
    }
    return connection.run_script(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)");
}

// One migration, or nothing if none is left. Each looks again under the write lock: another
// process may have been first.
Result<bool> apply_next(SqliteConnection& connection, std::span<const Migration> migrations) {
    if (auto ready = prepare_table(connection); !ready) {
        return std::unexpected(ready.error());
    }
    const auto applied =
        read_number(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations");
    if (!applied) {
        return std::unexpected(applied.error());
    }
    if (auto known = check_version(*applied, migrations); !known) {
        return std::unexpected(known.error());
    }
    for (const auto& migration : migrations) {
        if (migration.version > *applied) {
            auto done = apply(connection, migration);
            return done ? Result<bool>(true) : std::unexpected(done.error());
        }
    }
    return false;
}

Result<void> migrate(SqliteConnection& connection, std::span<const Migration> migrations) {
    while (true) {
        if (auto begun = connection.run_script("BEGIN IMMEDIATE"); !begun) {
            return begun;
        }
        const auto applied = apply_next(connection, migrations);
        auto ended = connection.run_script(applied ? "COMMIT" : "ROLLBACK");
        if (!applied) {
            return std::unexpected(applied.error());
        }
        if (!ended || !*applied) {
            return ended;
        }
    }
}

std::unexpected<Error> with_path(Error error, const std::string& path) {
    if (error.code == ErrorCode::kCorrupt) {
        return fail(ErrorCode::kInvalid, path + " is not a database", std::move(error.detail));
    }
    return fail(error.code, "the database " + path + " cannot be opened: " + error.message,
                std::move(error.detail));
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path) {
    if (auto prepared = prepare_file(path); !prepared) {
        return std::unexpected(prepared.error());
    }
    auto writer = SqliteConnection::open(path, SqliteConnection::Mode::kReadWrite);
    if (!writer) {
        return with_path(std::move(writer.error()), path);
    }
    if (auto migrated = migrate(**writer, sqlite_migrations()); !migrated) {
        return with_path(std::move(migrated.error()), path);
    }
    std::vector<SqliteDatabase::Connection> readers;
    for (int i = 0; i < kReaders; ++i) {
        auto reader = SqliteConnection::open(path, SqliteConnection::Mode::kReadOnly);
        if (!reader) {
            return with_path(std::move(reader.error()), path);
        }
        readers.push_back(std::move(*reader));
    }
    return std::make_unique<SqliteDatabase>(std::move(*writer), std::move(readers));
}

}  // namespace gatehouse::storage
