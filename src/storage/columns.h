// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/database.h"

/// How values of the domain become columns and back.
namespace gatehouse::storage {

[[nodiscard]] inline Field time_column(Timestamp time) {
    return to_unix_millis(time);
}

[[nodiscard]] inline Field time_column(const std::optional<Timestamp>& time) {
    return time ? time_column(*time) : Field(nullptr);
}

[[nodiscard]] inline Timestamp read_time(const Row& row, std::size_t column) {
    return from_unix_millis(row.integer(column));
}

[[nodiscard]] inline std::optional<Timestamp> read_optional_time(const Row& row,
                                                                 std::size_t column) {
    return row.is_null(column) ? std::nullopt : std::optional(read_time(row, column));
}

/// Any strings, as a JSON array.
[[nodiscard]] inline Field strings_column(const std::vector<std::string>& strings) {
    return json::dump(json::to_array(strings));
}

/// kCorrupt when the column holds anything else.
[[nodiscard]] Result<std::vector<std::string>> read_strings(const Row& row, std::size_t column);

/// kNotFound unless rows were changed.
[[nodiscard]] Result<void> expect_changed(const Result<std::int64_t>& changed);
/// Success with any number of rows.
[[nodiscard]] Result<void> ignore_count(const Result<std::int64_t>& changed);
/// The only row; kNotFound when there is none.
[[nodiscard]] Result<Row> expect_row(Result<std::vector<Row>> rows);

}  // namespace gatehouse::storage
