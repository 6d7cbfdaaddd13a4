// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/postgres_schema.h"

#include <algorithm>
#include <set>
#include <utility>

#include "storage/internal/migrations.h"
#include "storage/internal/schema_tables.h"

namespace gatehouse::storage {

namespace {

constexpr int kAttempts = 50;

/// A step that alters a table waits for those who use it, and everybody else waits behind it: not
/// for long.
constexpr const char* kShortLocks = "SET lock_timeout = 2000";

Result<std::set<std::int64_t>> read_applied(Session& session) {
    const auto rows = session.query("SELECT version FROM schema_migrations ORDER BY version", {});
    if (!rows) {
        if (rows.error().code == ErrorCode::kInternal) {
            return fail(ErrorCode::kInvalid, "the database belongs to another program",
                        rows.error().detail);
        }
        return std::unexpected(rows.error());
    }
    std::set<std::int64_t> versions;
    for (const Row& row : *rows) {
        versions.insert(row.integer(0));
    }
    return versions;
}

/// `IF NOT EXISTS` looks before it writes: of several that look at the same moment all but one are
/// refused, as a duplicate of the table, of its type, or of a row in the catalog, whichever comes
/// first. What counts is that the table is there.
Result<void> prepare_table(PostgresConnection& connection) {
    auto made = connection.run_script(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(version BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL, applied_at BIGINT NOT "
        "NULL)");
    if (!made && made.error().code != ErrorCode::kUnavailable && read_applied(connection)) {
        return {};
    }
    return made;
}

/// Whoever writes the number first applies the step; the others wait for the outcome.
Result<void> apply_step(PostgresConnection& connection, const PostgresMigration& migration) {
    const auto claimed = connection.execute(
        "INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, "
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)) ON CONFLICT (version) DO "
        "NOTHING",
        {migration.version, migration.name});
    if (!claimed) {
        return std::unexpected(claimed.error());
    }
    return *claimed == 1 ? connection.run_script(migration.sql) : Result<void>{};
}

Result<void> apply(PostgresConnection& connection, const PostgresMigration& migration) {
    auto done = connection.begin("ISOLATION LEVEL READ COMMITTED");
    if (done) {
        done = apply_step(connection, migration);
    }
    if (done) {
        done = connection.commit();
    }
    connection.roll_back();
    return done;
}

Result<void> apply_all(PostgresConnection& connection,
                       const std::vector<PostgresMigration>& migrations) {
    if (auto ready = prepare_table(connection); !ready) {
        return ready;
    }
    const auto applied = read_applied(connection);
    if (!applied) {
        return std::unexpected(applied.error());
    }
    const auto newest = migrations.back().version;
    if (!applied->empty() && *applied->rbegin() > newest) {
        return fail(ErrorCode::kInvalid, "the database has schema version " +
                                             std::to_string(*applied->rbegin()) +
                                             ", this program knows up to " +
                                             std::to_string(newest) + ": start a newer program");
    }
    for (const PostgresMigration& migration : migrations) {
        if (!applied->contains(migration.version)) {
            if (auto done = apply(connection, migration); !done) {
                return done;
            }
        }
    }
    return {};
}

}  // namespace

// Steps wait in line behind calls in progress; one that could not begin is tried again.
Result<void> migrate_postgres(PostgresConnection& connection) {
    const auto migrations = postgres_migrations();
    if (auto set = connection.run_script(kShortLocks); !set) {
        return set;
    }
    Result<void> done;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        done = apply_all(connection, migrations);
        if (done || !connection.is_usable() || done.error().code == ErrorCode::kInvalid ||
            done.error().code == ErrorCode::kInternal) {
            return done;
        }
    }
    return done;
}

Result<std::vector<Table>> postgres_tables(Session& session) {
    return read_tables(
        session,
        {.columns =
             "SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT), "
             "COALESCE(array_position(CAST(i.indkey AS INT2[]), a.attnum) + 1, 0) FROM pg_class c "
             "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
             "LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary WHERE c.relkind = 'r' "
             "AND c.relnamespace = CAST(CAST(current_schema() AS TEXT) AS REGNAMESPACE) "
             "ORDER BY c.relname, a.attnum",
         .parents = "SELECT CAST(c.relname AS TEXT), CAST(p.relname AS TEXT) FROM pg_constraint k "
                    "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid "
                    "WHERE k.contype = 'f' AND "
                    "c.relnamespace = CAST(CAST(current_schema() AS TEXT) AS REGNAMESPACE)"});
}

Result<void> rebuild_postgres(PostgresConnection& connection,
                              std::int64_t version,
                              const Database::Load& load) {
    const auto migrations = postgres_migrations();
    if (std::ranges::find(migrations, version, &PostgresMigration::version) == migrations.end()) {
        return unknown_version(version);
    }
    auto done = drop_tables(connection, postgres_tables(connection));
    if (done) {
        done = prepare_table(connection);
    }
    bool loaded = false;
    for (const PostgresMigration& migration : migrations) {
        if (done && migration.version > version && !std::exchange(loaded, true)) {
            done = load_into_empty(connection, postgres_tables(connection), load);
        }
        if (done) {
            done = apply_step(connection, migration);
        }
    }
    return done && !loaded ? load_into_empty(connection, postgres_tables(connection), load) : done;
}

}  // namespace gatehouse::storage
