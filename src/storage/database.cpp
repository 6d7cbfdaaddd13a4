// SPDX-License-Identifier: Apache-2.0
#include "storage/database.h"

#include "base/assert.h"

namespace gatehouse::storage {

namespace {

const std::string kNothing;

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
    GATEHOUSE_ASSERT(column < fields_.size());
    if (is_null(column)) {
        return 0;
    }
    const auto* value = std::get_if<std::int64_t>(&fields_[column]);
    GATEHOUSE_ASSERT(value != nullptr);
    return *value;
}

const std::string& Row::text(std::size_t column) const {
    GATEHOUSE_ASSERT(column < fields_.size());
    if (is_null(column)) {
        return kNothing;
    }
    const auto* value = std::get_if<std::string>(&fields_[column]);
    GATEHOUSE_ASSERT(value != nullptr);
    return *value;
}

const std::string& Row::blob(std::size_t column) const {
    GATEHOUSE_ASSERT(column < fields_.size());
    if (is_null(column)) {
        return kNothing;
    }
    const auto* value = std::get_if<Blob>(&fields_[column]);
    GATEHOUSE_ASSERT(value != nullptr);
    return value->bytes;
}

bool Row::is_null(std::size_t column) const {
    GATEHOUSE_ASSERT(column < fields_.size());
    return std::holds_alternative<std::nullptr_t>(fields_[column]);
}

Result<void> Session::execute_each(std::string_view sql,
                                   const std::vector<std::vector<Field>>& sets) {
    for (const std::vector<Field>& parameters : sets) {
        if (auto done = execute(sql, parameters); !done) {
            return std::unexpected(done.error());
        }
    }
    return {};
}

bool Database::is_usable() {
    const auto answer = query("SELECT 1", {});
    return answer && answer->size() == 1;
}

}  // namespace gatehouse::storage
