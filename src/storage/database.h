// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace gatehouse::storage {

struct Blob {
    std::string bytes;
};

/// A bound parameter or a column.
using Field = std::variant<std::nullptr_t, std::int64_t, std::string, Blob>;

/// A value to be stored, looked at where it is.
struct Cell {
    enum class Kind : std::uint8_t { kNull, kInteger, kText, kBlob };

    Kind kind = Kind::kNull;
    std::int64_t integer = 0;
    std::string_view bytes;  ///< of text and blobs

    [[nodiscard]] static Cell of(std::int64_t value) {
        return {.kind = Kind::kInteger, .integer = value};
    }

    [[nodiscard]] static Cell text(std::string_view value) {
        return {.kind = Kind::kText, .bytes = value};
    }

    [[nodiscard]] static Cell blob(std::string_view value) {
        return {.kind = Kind::kBlob, .bytes = value};
    }

    /// Looks at `field`.
    [[nodiscard]] static Cell of(const Field& field);
    [[nodiscard]] Field copy() const;
};

/// Rows that are still in the memory of whoever stores them.
class RowSource {
  public:
    RowSource() = default;
    RowSource(const RowSource&) = delete;
    RowSource& operator=(const RowSource&) = delete;
    RowSource(RowSource&&) = delete;
    RowSource& operator=(RowSource&&) = delete;
    virtual ~RowSource() = default;

    [[nodiscard]] virtual std::size_t size() const = 0;
    /// What it looks at stays until the rows are stored. Rows are asked for in their order.
    [[nodiscard]] virtual Cell cell(std::size_t row, std::size_t column) = 0;
};

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

    [[nodiscard]] const Field& field(std::size_t column) const { return fields_.at(column); }

  private:
    std::vector<Field> fields_;
};

/// Inside a transaction, or alone. SQL uses `?` for parameters and only what SQLite and PostgreSQL
/// both take (`ON CONFLICT`, `RETURNING`). A statement that fails inside a transaction ends it: on
/// PostgreSQL nothing after it succeeds.
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
    /// One statement for each of many sets of parameters, where a store can without waiting for
    /// each. Ends at the first failure; alone, what came before it may stay.
    [[nodiscard]] virtual Result<void> execute_each(std::string_view sql,
                                                    const std::vector<std::vector<Field>>& sets);
    /// Adds rows to a table, the fastest way the store has. Ends at the first row that is refused
    /// (kConflict when its key is there): inside a transaction, which is then lost.
    [[nodiscard]] virtual Result<void> append(std::string_view table,
                                              std::span<const std::string_view> columns,
                                              RowSource& rows);
};

/// A table as a copy of a store needs to know it.
struct Table {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::string> key;      ///< the columns of the primary key, in order
    std::vector<std::string> parents;  ///< the tables that its foreign keys name
};

/// A store. Thread-safe; calls block: workers only.
class Database : public Session {
  public:
    /// Runs `work` in one transaction: commits (durably, fsync) when it succeeds, rolls back when
    /// it fails. `work` must use the session it is given, and is run again from its start when
    /// the store asks for it because of what other transactions did: it sets what it captures, and
    /// adds to nothing. Transactions are serializable.
    [[nodiscard]] virtual Result<void> transaction(
        const std::function<Result<void>(Session&)>& work) = 0;

    using Load = std::function<Result<void>(Session&, std::vector<Table>)>;

    /// Runs `work`, which only reads, on the store as it is at one moment, with every table of it;
    /// others go on writing.
    [[nodiscard]] virtual Result<void> snapshot(const Load& work) = 0;
    /// Replaces the store by an empty one of schema `version`, lets `load` fill its tables, and
    /// migrates it to the newest: all of it or nothing. kInvalid for a version that this program
    /// does not know.
    [[nodiscard]] virtual Result<void> rebuild(std::int64_t version, const Load& load) = 0;

    /// Tells the other replicas that something they keep in memory has changed. Best effort: they
    /// look by themselves every second, too.
    virtual void announce() {}

    /// True when another replica may have announced something since the last call. Never waits
    /// for the store beyond a moment.
    [[nodiscard]] virtual bool take_announcements() { return false; }

    /// The store's own clock, which replicas share; nothing where the store is inside this process.
    [[nodiscard]] virtual Result<std::optional<Timestamp>> time() {
        return std::optional<Timestamp>();
    }

    /// True when it answers now.
    [[nodiscard]] bool is_usable();
};

/// Opens, or creates with mode 0600, and migrates forward. kInvalid when the file is no database of
/// ours or of a newer version; kUnavailable when it cannot be opened or written.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::string& path);

/// Connects to `postgresql://user:password@host/database`, and migrates forward; of many replicas
/// that start at once one does. kInvalid as for a file, also for a database that does not hold
/// UTF-8; kUnavailable when nobody answers. No message holds anything of the URL.
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres(const Secret& url);

}  // namespace gatehouse::storage
