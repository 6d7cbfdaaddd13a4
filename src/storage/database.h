// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace gatehouse::storage {

struct Blob {
    std::string bytes;
};

/// A bound parameter or a column.
using Field = std::variant<std::nullptr_t, std::int64_t, std::string, Blob>;

/// One result row.
class Row {
  public:
    explicit Row(std::vector<Field> fields) : fields_(std::move(fields)) {}

    /// 0 and empty for NULL; a column of another type is a bug of ours.
    [[nodiscard]] std::int64_t integer(std::size_t column) const;
    [[nodiscard]] const std::string& text(std::size_t column) const;
    [[nodiscard]] const std::string& blob(std::size_t column) const;
    [[nodiscard]] bool is_null(std::size_t column) const;

    /// As they are, for whoever must not miss a difference of type.
    [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

  private:
    std::vector<Field> fields_;
};

/// Inside a transaction, or alone. SQL uses `?` for parameters and only what SQLite and PostgreSQL
/// both take (`ON CONFLICT`, `RETURNING`).
class Session {
  public:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
    virtual ~Session() = default;

    /// The number of rows changed. kConflict for a uniqueness violation, kUnavailable when the
    /// store cannot serve (disk full, busy beyond the deadline, I/O error).
    [[nodiscard]] virtual Result<std::int64_t> execute(std::string_view sql,
                                                       const std::vector<Field>& parameters) = 0;
    [[nodiscard]] virtual Result<std::vector<Row>> query(std::string_view sql,
                                                         const std::vector<Field>& parameters) = 0;
};

/// A store. Thread-safe; calls block: workers only.
class Database : public Session {
  public:
    /// Runs `work` in one transaction: commits (durably, fsync) when it succeeds, rolls back when
    /// it fails. `work` must use the session it is given.
    [[nodiscard]] virtual Result<void> transaction(
        const std::function<Result<void>(Session&)>& work) = 0;

    /// True when it answers now.
    [[nodiscard]] bool is_usable();
};

/// Opens, or creates with mode 0600, and migrates forward. kInvalid when the file is no database of
/// ours or of a newer version; kUnavailable when it cannot be opened or written.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::string& path);

}  // namespace gatehouse::storage
