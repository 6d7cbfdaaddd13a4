// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "storage/database.h"
#include "storage/internal/postgres_connection.h"

namespace gatehouse::storage {

/// Building an index over all records, or loading them, takes its time.
constexpr PostgresDeadlines kSchemaDeadlines{.connect = std::chrono::seconds(5),
                                             .statement = std::chrono::minutes(30)};

/// As `open_postgres` says.
[[nodiscard]] Result<void> migrate_postgres(PostgresConnection& connection);
[[nodiscard]] Result<std::vector<Table>> postgres_tables(Session& session);
/// As `Database::rebuild` says, inside a transaction of the caller.
[[nodiscard]] Result<void> rebuild_postgres(PostgresConnection& connection,
                                            std::int64_t version,
                                            const Database::Load& load);

}  // namespace gatehouse::storage
