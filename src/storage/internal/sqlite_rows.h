// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <utility>

#include "storage/database.h"

namespace gatehouse::storage {

/// Rows in memory as a table that SQL of one connection can read: `gatehouse_rows`, with columns
/// c0, c1, … A statement over it takes many rows without a binding and a step for each. Empty
/// outside of `use`. Lives as long as the connection, at one place.
class SqliteRows {
  public:
    static constexpr std::size_t kMaxColumns = 64;

    SqliteRows() = default;

    /// Makes the table known to a connection; gives SQLite's result code.
    [[nodiscard]] int attach(sqlite3* handle);

    /// Puts rows into the table for as long as it lives.
    class Use {
      public:
        Use(SqliteRows& table, RowSource& rows) : table_(table) { table_.source_ = &rows; }

        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        Use(Use&&) = delete;
        Use& operator=(Use&&) = delete;

        ~Use() { table_.source_ = nullptr; }

      private:
        SqliteRows& table_;
    };

    [[nodiscard]] RowSource* source() const { return source_; }

  private:
    RowSource* source_ = nullptr;
};

}  // namespace gatehouse::storage
