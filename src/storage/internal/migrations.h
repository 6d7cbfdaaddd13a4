// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::storage {

/// One step of the schema: db/migrations/<engine>/NNNN_name.sql.
struct Migration {
    std::int64_t version = 0;
    std::string_view name, sql;
};

/// What the build embedded, by growing version.
[[nodiscard]] std::span<const Migration> sqlite_migrations();
/// The steps that PostgreSQL has in another form than SQLite.
[[nodiscard]] std::span<const Migration> postgres_only_migrations();

struct PostgresMigration {
    std::int64_t version = 0;
    std::string name, sql;
};

/// Every step for PostgreSQL, by growing version: that of SQLite with other types, unless the step
/// has a form of its own.
[[nodiscard]] std::vector<PostgresMigration> postgres_migrations();

}  // namespace gatehouse::storage
