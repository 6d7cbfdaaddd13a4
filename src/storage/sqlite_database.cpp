// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite_database.h"

#include <chrono>
#include <utility>

#include "base/assert.h"
#include "storage/internal/schema_tables.h"
#include "storage/internal/sqlite_schema.h"

namespace gatehouse::storage {

namespace {

constexpr std::chrono::seconds kDeadline{5};

// The database whose transaction this thread is in: calling it past the session would wait for
// itself.
thread_local const SqliteDatabase* inside = nullptr;

class InsideMark {
  public:
    explicit InsideMark(const SqliteDatabase* database)
        : before_(std::exchange(inside, database)) {}

    InsideMark(const InsideMark&) = delete;
    InsideMark& operator=(const InsideMark&) = delete;
    InsideMark(InsideMark&&) = delete;
    InsideMark& operator=(InsideMark&&) = delete;

    ~InsideMark() { inside = before_; }

  private:
    const SqliteDatabase* before_;
};

// Rolls back unless committed, also when the work throws.
class Transaction {
  public:
    explicit Transaction(SqliteConnection& connection) : connection_(connection) {}

    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction(Transaction&&) = delete;
    Transaction& operator=(Transaction&&) = delete;

    ~Transaction() {
        if (connection_.in_transaction()) {
            (void)connection_.execute("ROLLBACK", {});
        }
    }

    [[nodiscard]] Result<void> begin() { return run("BEGIN IMMEDIATE"); }

    /// What is read from now on is of one moment.
    [[nodiscard]] Result<void> begin_to_read() { return run("BEGIN"); }

    [[nodiscard]] Result<void> commit() {
        if (!connection_.in_transaction()) {
            return fail(ErrorCode::kUnavailable, "the store cannot serve now", "rolled back");
        }
        return run("COMMIT");
    }

  private:
    Result<void> run(std::string_view sql) {
        const auto done = connection_.execute(sql, {});
        return done ? Result<void>{} : std::unexpected(done.error());
    }

    SqliteConnection& connection_;
};

}  // namespace

// A reading connection, given back at the end of the scope.
class SqliteDatabase::ReaderLease {
  public:
    ReaderLease(SqliteDatabase& database, Connection reader)
        : database_(database), reader_(std::move(reader)) {}

    ReaderLease(const ReaderLease&) = delete;
    ReaderLease& operator=(const ReaderLease&) = delete;
    ReaderLease(ReaderLease&&) = delete;
    ReaderLease& operator=(ReaderLease&&) = delete;

    ~ReaderLease() { database_.give_back(std::move(reader_)); }

    [[nodiscard]] SqliteConnection& operator*() const { return *reader_; }

  private:
    SqliteDatabase& database_;
    Connection reader_;
};

SqliteDatabase::SqliteDatabase(Connection writer, std::vector<Connection> readers)
    : writer_(std::move(writer)), readers_(std::move(readers)) {}

Result<std::unique_lock<std::timed_mutex>> SqliteDatabase::lock_writer() {
    GATEHOUSE_ASSERT(inside != this);
    std::unique_lock lock(writer_mutex_, kDeadline);
    if (!lock.owns_lock()) {
        return fail(ErrorCode::kUnavailable, "the store cannot serve now", "writer busy");
    }
    return lock;
}

Result<SqliteDatabase::Connection> SqliteDatabase::take_reader() {
    GATEHOUSE_ASSERT(inside != this);
    std::unique_lock lock(readers_mutex_);
    if (!reader_returned_.wait_for(lock, kDeadline, [this] { return !readers_.empty(); })) {
        return fail(ErrorCode::kUnavailable, "the store cannot serve now", "readers busy");
    }
    auto reader = std::move(readers_.back());
    readers_.pop_back();
    return reader;
}

void SqliteDatabase::give_back(Connection reader) {
    {
        const std::lock_guard lock(readers_mutex_);
        readers_.push_back(std::move(reader));
    }
    reader_returned_.notify_one();
}

Result<std::int64_t> SqliteDatabase::execute(std::string_view sql,
                                             const std::vector<Field>& parameters) {
    const auto lock = lock_writer();
    if (!lock) {
        return std::unexpected(lock.error());
    }
    return writer_->execute(sql, parameters);
}

Result<std::vector<Row>> SqliteDatabase::query(std::string_view sql,
                                               const std::vector<Field>& parameters) {
    {
        auto reader = take_reader();
        if (!reader) {
            return std::unexpected(reader.error());
        }
        const ReaderLease lease(*this, std::move(*reader));
        const auto read_only = (*lease).is_read_only(sql);
        if (!read_only) {
            return std::unexpected(read_only.error());
        }
        if (*read_only) {
            return (*lease).query(sql, parameters);
        }
    }
    const auto lock = lock_writer();  // INSERT … RETURNING and its like
    if (!lock) {
        return std::unexpected(lock.error());
    }
    return writer_->query(sql, parameters);
}

Result<void> SqliteDatabase::transaction(const std::function<Result<void>(Session&)>& work) {
    const auto lock = lock_writer();
    if (!lock) {
        return std::unexpected(lock.error());
    }
    Transaction transaction(*writer_);
    if (auto begun = transaction.begin(); !begun) {
        return begun;
    }
    const InsideMark mark(this);
    if (auto worked = work(*writer_); !worked) {
        return worked;
    }
    return transaction.commit();
}

Result<void> SqliteDatabase::snapshot(const Load& work) {
    auto reader = take_reader();
    if (!reader) {
        return std::unexpected(reader.error());
    }
    const ReaderLease lease(*this, std::move(*reader));
    Transaction transaction(*lease);
    if (auto begun = transaction.begin_to_read(); !begun) {
        return begun;
    }
    return load_tables(*lease, sqlite_tables(*lease), work);
}

Result<void> SqliteDatabase::rebuild(std::int64_t version, const Load& load) {
    return transaction(
        [&](Session&) -> Result<void> { return rebuild_sqlite(*writer_, version, load); });
}

}  // namespace gatehouse::storage
