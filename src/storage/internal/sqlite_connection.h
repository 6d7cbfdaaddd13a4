// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/database.h"
#include "storage/internal/sqlite_rows.h"

namespace gatehouse::storage {

/// One connection with its prepared statements. One thread at a time.
class SqliteConnection final : public Session {
  public:
    enum class Mode : std::uint8_t { kReadWrite, kReadOnly };

    /// Opens and sets durability, foreign keys and the busy deadline.
    [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path,
                                                                        Mode mode);

    [[nodiscard]] Result<std::int64_t> execute(std::string_view sql,
                                               const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<std::vector<Row>> query(std::string_view sql,
                                                 const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<void> append(std::string_view table,
                                      std::span<const std::string_view> columns,
                                      RowSource& rows) override;

    /// True if the statement changes nothing.
    [[nodiscard]] Result<bool> is_read_only(std::string_view sql);
    /// Any number of statements, without parameters.
    [[nodiscard]] Result<void> run_script(const std::string& sql);
    /// False once SQLite ended a transaction by itself, as it may after a disk error.
    [[nodiscard]] bool in_transaction() const;

  private:
    [[nodiscard]] Result<void> use_write_ahead_log();

    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    struct Hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

    explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}

    [[nodiscard]] Result<sqlite3_stmt*> prepare(std::string_view sql);
    [[nodiscard]] Result<void> bind(sqlite3_stmt* statement, const std::vector<Field>& parameters);
    [[nodiscard]] std::unexpected<Error> last_error(int code) const;

    SqliteRows rows_;  ///< outlives the handle, which looks at it
    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string, Statement, Hash, std::equal_to<>> statements_;
};

/// Where SQLite's result code puts the blame.
[[nodiscard]] ErrorCode sqlite_error_code(int code);

}  // namespace gatehouse::storage
