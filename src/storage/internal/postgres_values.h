// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.h"

/// Fields and rows as they travel.
namespace gatehouse::storage {

/// Text form, or the bytes of a Blob.
[[nodiscard]] std::string to_wire(const Field& field);
/// The kinds of parameters, a character each; '0' for NULL.
[[nodiscard]] std::string shape_of(const std::vector<Field>& parameters);
/// The kinds of all sets together, where NULL goes with anything; nothing when they differ.
[[nodiscard]] std::optional<std::string> common_shape(const std::vector<std::vector<Field>>& sets);
/// The types that are declared; that of a NULL is left to be inferred.
[[nodiscard]] std::vector<Oid> wire_types(std::string_view shape);

/// Numbers of every kind are cut to integers, as for SQLite.
[[nodiscard]] Result<std::vector<Row>> read_rows(const PGresult* answer);
/// 0 for a query.
[[nodiscard]] std::int64_t changed_rows(PGresult* answer);

}  // namespace gatehouse::storage
