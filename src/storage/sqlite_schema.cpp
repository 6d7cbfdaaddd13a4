// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/sqlite_schema.h"

#include <algorithm>
#include <map>

#include "storage/internal/migrations.h"
#include "storage/internal/schema_tables.h"

namespace gatehouse::storage {

namespace {

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
        const auto is_there =
            read_number(connection, "SELECT COUNT(*) FROM schema_migrations WHERE version = " +
                                        std::to_string(migration.version));
        if (!is_there) {
            return std::unexpected(is_there.error());
        }
        if (*is_there == 0) {
            auto done = apply(connection, migration);
            return done ? Result<bool>(true) : std::unexpected(done.error());
        }
    }
    return false;
}

}  // namespace

Result<void> migrate_sqlite(SqliteConnection& connection) {
    const auto migrations = sqlite_migrations();
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

Result<std::vector<Table>> sqlite_tables(Session& session) {
    return read_tables(session,
                       {.columns = "SELECT m.name, c.name, c.pk FROM sqlite_master m, "
                                   "pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name "
                                   "NOT LIKE 'sqlite%' ORDER BY m.name, c.cid",
                        .parents = "SELECT m.name, f.\"table\" FROM sqlite_master m, "
                                   "pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"});
}

Result<void> rebuild_sqlite(SqliteConnection& connection,
                            std::int64_t version,
                            const Database::Load& load) {
    const auto migrations = sqlite_migrations();
    if (std::ranges::find(migrations, version, &Migration::version) == migrations.end()) {
        return unknown_version(version);
    }
    auto done = drop_tables(connection, sqlite_tables(connection));
    if (done) {
        done = prepare_table(connection);
    }
    bool loaded = false;
    for (const Migration& migration : migrations) {
        if (done && migration.version > version && !std::exchange(loaded, true)) {
            done = load_into_empty(connection, sqlite_tables(connection), load);
        }
        if (done) {
            done = apply(connection, migration);
        }
    }
    return done && !loaded ? load_into_empty(connection, sqlite_tables(connection), load) : done;
}

}  // namespace gatehouse::storage
