// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What differs between the SQL of this module, which SQLite takes as it is, and PostgreSQL's.
namespace gatehouse::storage {

struct NumberedSql {
    std::string sql;
    std::size_t parameters = 0;
};

/// Parameters `?` become `$1`, `$2`, …; literals, quoted names and comments stay as they are.
[[nodiscard]] NumberedSql number_parameters(std::string_view sql);

/// The types of a migration: INTEGER is 64 bits, BLOB is BYTEA, REAL has double precision, and TEXT
/// sorts by bytes whatever the locale of the database, as SQLite does.
[[nodiscard]] std::string to_postgres_types(std::string_view script);

/// PostgreSQL's TEXT takes neither NUL nor anything but UTF-8, while what peers send may be any
/// bytes. Those bytes, and only those, are written as characters U+F700 to U+F7FF of the private
/// use area, as are the bytes of such characters themselves: no two texts become one.
[[nodiscard]] std::string to_postgres_text(std::string_view bytes);
/// The inverse.
[[nodiscard]] std::string from_postgres_text(std::string_view text);

}  // namespace gatehouse::storage
