// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::storage {

/// One step of the schema: db/migrations/<engine>/NNNN_name.sql.
struct Migration {
    std::int64_t version = 0;
    std::string_view name, sql;
};

/// What the build embedded, by growing version.
[[nodiscard]] std::span<const Migration> sqlite_migrations();

}  // namespace gatehouse::storage
