// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite_database.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/assert.h"
#include "storage/internal/schema_tables.h"
#include "storage/internal/sqlite_schema.h"

namespace gatehouse::storage {

namespace {

constexpr std::chrono::seconds kDeadline{5};
constexpr std::size_t kMaxBatch = 128;

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
    std::int64_t count = 0;
    const auto done = transaction([&](Session& session) -> Result<void> {
        const auto changed = session.execute(sql, parameters);
        count = changed.value_or(0);
        return changed ? Result<void>{} : std::unexpected(changed.error());
    });
    if (!done) {
        return std::unexpected(done.error());
    }
    return count;
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

std::size_t SqliteDatabase::waiting() const {
    const std::lock_guard lock(jobs_mutex_);
    return jobs_.size();
}

Result<void> SqliteDatabase::transaction(const Work& work) {
    GATEHOUSE_ASSERT(inside != this);
    Job job{.work = work};
    std::vector<Job*> batch;
    const auto leads = queue(job, batch);
    if (!leads) {
        return std::unexpected(leads.error());
    }
    if (*leads) {
        run_batch(batch);
        {
            const std::lock_guard lock(jobs_mutex_);
            for (Job* const done : batch) {
                done->state = Job::State::kDone;
            }
            leading_ = false;
        }
        jobs_changed_.notify_all();
    }
    if (job.thrown) {
        std::rethrow_exception(job.thrown);
    }
    return job.outcome;
}

Result<bool> SqliteDatabase::queue(Job& job, std::vector<Job*>& batch) {
    std::unique_lock lock(jobs_mutex_);
    jobs_.push_back(&job);
    const auto settled = [&] {
        return job.state == Job::State::kDone || (job.state == Job::State::kQueued && !leading_);
    };
    if (!jobs_changed_.wait_for(lock, kDeadline, settled)) {
        if (job.state == Job::State::kQueued) {
            std::erase(jobs_, &job);
            return fail(ErrorCode::kUnavailable, "the store cannot serve now", "writer busy");
        }
        // Somebody runs it right now: its outcome has to be known.
        jobs_changed_.wait(lock, settled);
    }
    if (job.state == Job::State::kDone) {
        return false;
    }
    leading_ = true;
    std::erase(jobs_, &job);
    batch.push_back(&job);
    while (!jobs_.empty() && batch.size() < kMaxBatch) {
        batch.push_back(jobs_.front());
        jobs_.pop_front();
    }
    for (Job* const taken : batch) {
        taken->state = Job::State::kTaken;
    }
    return true;
}

void SqliteDatabase::run_batch(const std::vector<Job*>& batch) {
    const auto committed = run_all(batch);
    if (committed) {
        return;
    }
    for (Job* const job : batch) {
        // Who failed or threw by itself says why.
        if (job->outcome && !job->thrown) {
            job->outcome = committed;
        }
    }
}

Result<void> SqliteDatabase::run_all(const std::vector<Job*>& batch) {
    const auto lock = lock_writer();
    if (!lock) {
        return std::unexpected(lock.error());
    }
    Transaction transaction(*writer_);
    if (auto begun = transaction.begin(); !begun) {
        return begun;
    }
    const InsideMark mark(this);
    if (batch.size() == 1) {
        run_one(*batch.front());
        // What failed alone is rolled back alone.
        return batch.front()->outcome && !batch.front()->thrown ? transaction.commit()
                                                                : Result<void>{};
    }
    for (Job* const job : batch) {
        run_between_savepoints(*job);
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

void SqliteDatabase::run_one(Job& job) {
    try {
        job.outcome = job.work(*writer_);
    } catch (...) {
        job.thrown = std::current_exception();
    }
}

// The others' work must not be lost with this one's.
void SqliteDatabase::run_between_savepoints(Job& job) {
    if (auto set = writer_->execute("SAVEPOINT job", {}); !set) {
        job.outcome = std::unexpected(set.error());
        return;
    }
    run_one(job);
    if ((!job.outcome || job.thrown) && writer_->in_transaction()) {
        (void)writer_->execute("ROLLBACK TO job", {});
    }
    // Fails where the whole transaction is gone; then so does the commit.
    (void)writer_->execute("RELEASE job", {});
}

}  // namespace gatehouse::storage
