// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "storage/database.h"
#include "storage/internal/sqlite_connection.h"

namespace gatehouse::storage {

/// As `open_sqlite` says.
[[nodiscard]] Result<void> migrate_sqlite(SqliteConnection& connection);
[[nodiscard]] Result<std::vector<Table>> sqlite_tables(Session& session);
/// As `Database::rebuild` says, inside a transaction of the caller.
[[nodiscard]] Result<void> rebuild_sqlite(SqliteConnection& connection,
                                          std::int64_t version,
                                          const Database::Load& load);

}  // namespace gatehouse::storage
