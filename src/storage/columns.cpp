// SPDX-License-Identifier: Apache-2.0
#include "storage/columns.h"

#include <utility>

namespace gatehouse::storage {

Result<std::vector<std::string>> read_strings(const Row& row, std::size_t column) {
    const auto corrupt = [] { return fail(ErrorCode::kCorrupt, "a stored list cannot be read"); };
    const auto value = json::parse(row.text(column));
    if (!value || !value->is_array()) {
        return corrupt();
    }
    std::vector<std::string> strings;
    for (const json::Value& item : value->get_array()) {
        if (!item.is_string()) {
            return corrupt();
        }
        strings.emplace_back(item.get_string());
    }
    return strings;
}

Result<void> expect_changed(const Result<std::int64_t>& changed) {
    if (changed && *changed == 0) {
        return fail(ErrorCode::kNotFound, "not found");
    }
    return ignore_count(changed);
}

Result<void> ignore_count(const Result<std::int64_t>& changed) {
    if (!changed) {
        return std::unexpected(changed.error());
    }
    return {};
}

Result<Row> expect_row(Result<std::vector<Row>> rows) {
    if (!rows) {
        return std::unexpected(std::move(rows.error()));
    }
    if (rows->empty()) {
        return fail(ErrorCode::kNotFound, "not found");
    }
    return std::move(rows->front());
}

}  // namespace gatehouse::storage
