// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/postgres_values.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "storage/internal/postgres_dialect.h"

namespace gatehouse::storage {
namespace {

constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25,
              kFloat4 = 700, kFloat8 = 701, kNumeric = 1700;

struct Writer {
    std::string operator()(std::nullptr_t) const { return {}; }

    std::string operator()(std::int64_t value) const { return std::to_string(value); }

    std::string operator()(const std::string& text) const { return to_postgres_text(text); }

    std::string operator()(const Blob& blob) const { return blob.bytes; }
};

std::int64_t read_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec == std::errc::result_out_of_range) {
        return text.starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                                     : std::numeric_limits<std::int64_t>::max();
    }
    return value;
}

std::int64_t read_float(const std::string& text) {
    const double value = std::strtod(text.c_str(), nullptr);
    constexpr double kLimit = 9.2e18;
    if (value >= kLimit || value <= -kLimit) {
        return value > 0 ? std::numeric_limits<std::int64_t>::max()
                         : std::numeric_limits<std::int64_t>::min();
    }
    return static_cast<std::int64_t>(value);
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<Field> read_bytes(std::string_view text) {
    const auto damaged = [] { return fail(ErrorCode::kInternal, "the store answered nonsense"); };
    if (!text.starts_with("\\x") || text.size() % 2 != 0) {
        return damaged();
    }
    text.remove_prefix(2);
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return damaged();
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    return Blob{std::move(bytes)};
}

Result<Field> read_field(const PGresult* answer, int row, int column) {
    if (PQgetisnull(answer, row, column) != 0) {
        return nullptr;
    }
    const std::string_view text(PQgetvalue(answer, row, column),
                                static_cast<std::size_t>(PQgetlength(answer, row, column)));
    switch (PQftype(answer, column)) {
        case kInt2:
        case kInt4:
        case kInt8:
        case kNumeric:
            return read_integer(text);
        case kFloat4:
        case kFloat8:
            return read_float(std::string(text));
        case kBool:
            return std::int64_t{text == "t" ? 1 : 0};
        case kBytea:
            return read_bytes(text);
        default:
            return from_postgres_text(text);
    }
}

}  // namespace

std::string to_wire(const Field& field) {
    return std::visit(Writer(), field);
}

std::string shape_of(const std::vector<Field>& parameters) {
    std::string shape;
    shape.reserve(parameters.size());
    for (const Field& field : parameters) {
        shape += static_cast<char>('0' + field.index());
    }
    return shape;
}

std::optional<std::string> common_shape(const std::vector<std::vector<Field>>& sets) {
    std::string common = sets.empty() ? std::string() : shape_of(sets.front());
    for (const std::vector<Field>& set : sets) {
        const std::string shape = shape_of(set);
        if (shape.size() != common.size()) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < shape.size(); ++i) {
            if (common[i] == '0') {
                common[i] = shape[i];
            } else if (shape[i] != '0' && shape[i] != common[i]) {
                return std::nullopt;
            }
        }
    }
    return common;
}

std::vector<Oid> wire_types(std::string_view shape) {
    constexpr std::array<Oid, 4> kTypes{0, kInt8, kText, kBytea};
    std::vector<Oid> types;
    types.reserve(shape.size());
    for (const char kind : shape) {
        types.push_back(kTypes.at(static_cast<std::size_t>(kind - '0')));
    }
    return types;
}

Result<std::vector<Row>> read_rows(const PGresult* answer) {
    std::vector<Row> rows;
    const int count = PQntuples(answer);
    const int columns = PQnfields(answer);
    rows.reserve(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
        std::vector<Field> fields;
        fields.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            auto field = read_field(answer, row, column);
            if (!field) {
                return std::unexpected(field.error());
            }
            fields.push_back(std::move(*field));
        }
        rows.emplace_back(std::move(fields));
    }
    return rows;
}

std::int64_t changed_rows(PGresult* answer) {
    if (std::string_view(PQcmdStatus(answer)).starts_with("SELECT")) {
        return 0;
    }
    return read_integer(PQcmdTuples(answer));
}

}  // namespace gatehouse::storage
