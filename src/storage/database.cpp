// SPDX-License-Identifier: Apache-2.0
#include "storage/database.h"

#include "base/assert.h"

namespace gatehouse::storage {

namespace {

const std::string kNothing;

}  // namespace

Cell Cell::of(const Field& field) {
    if (const auto* integer = std::get_if<std::int64_t>(&field)) {
        return of(*integer);
    }
    if (const auto* words = std::get_if<std::string>(&field)) {
        return text(*words);
    }
    if (const auto* data = std::get_if<Blob>(&field)) {
        return blob(data->bytes);
    }
    return {};
}

Field Cell::copy() const {
    switch (kind) {
        case Kind::kInteger:
            return integer;
        case Kind::kText:
            return std::string(bytes);
        case Kind::kBlob:
            return Blob{std::string(bytes)};
        case Kind::kNull:
            break;
    }
    return nullptr;
}

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

Result<void> Session::append(std::string_view table,
                             std::span<const std::string_view> columns,
                             RowSource& rows) {
    std::string names;
    std::string marks;
    for (const std::string_view column : columns) {
        names.append(names.empty() ? "" : ", ").append(column);
        marks += marks.empty() ? "?" : ", ?";
    }
    std::string sql = "INSERT INTO ";
    sql.append(table).append(" (" + names + ") VALUES (" + marks + ")");
    std::vector<std::vector<Field>> sets(rows.size());
    for (std::size_t row = 0; row < sets.size(); ++row) {
        sets[row].reserve(columns.size());
        for (std::size_t column = 0; column < columns.size(); ++column) {
            sets[row].push_back(rows.cell(row, column).copy());
        }
    }
    return execute_each(sql, sets);
}

bool Database::is_usable() {
    const auto answer = query("SELECT 1", {});
    return answer && answer->size() == 1;
}

}  // namespace gatehouse::storage
