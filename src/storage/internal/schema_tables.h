// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/database.h"

namespace gatehouse::storage {

/// `columns`: table, column, place in the primary key from 1 or 0, in the order of tables and
/// columns. `parents`: table, table that a foreign key of it names.
struct SchemaQueries {
    std::string_view columns, parents;
};

[[nodiscard]] Result<std::vector<Table>> read_tables(Session& session,
                                                     const SchemaQueries& queries);
/// Those that foreign keys name before those that have them.
[[nodiscard]] std::vector<Table> parents_first(std::vector<Table> tables);
[[nodiscard]] Result<void> drop_tables(Session& session, Result<std::vector<Table>> tables);
[[nodiscard]] Result<void> load_tables(Session& session,
                                       Result<std::vector<Table>> tables,
                                       const Database::Load& load);
/// After what the steps of the schema put there is removed.
[[nodiscard]] Result<void> load_into_empty(Session& session,
                                           Result<std::vector<Table>> tables,
                                           const Database::Load& load);
[[nodiscard]] std::unexpected<Error> unknown_version(std::int64_t version);

}  // namespace gatehouse::storage
