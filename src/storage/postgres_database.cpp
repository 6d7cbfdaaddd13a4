// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres_database.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/pause.h"
#include "crypto/random.h"
#include "storage/internal/postgres_schema.h"
#include "storage/internal/schema_tables.h"

namespace gatehouse::storage {

namespace {

constexpr std::string_view kSerializable = "ISOLATION LEVEL SERIALIZABLE";
constexpr std::chrono::seconds kListenAgain{1};
constexpr int kAttempts = 30;
constexpr int kSlowPauses = 4;
constexpr std::chrono::milliseconds kLongestPause{40};

// The database whose transaction this thread is in: calling it past the session would see what the
// transaction has not done yet, and could wait for itself.
thread_local const PostgresDatabase* inside = nullptr;

class InsideMark {
  public:
    explicit InsideMark(const PostgresDatabase* database)
        : before_(std::exchange(inside, database)) {}

    InsideMark(const InsideMark&) = delete;
    InsideMark& operator=(const InsideMark&) = delete;
    InsideMark(InsideMark&&) = delete;
    InsideMark& operator=(InsideMark&&) = delete;

    ~InsideMark() { inside = before_; }

  private:
    const PostgresDatabase* before_;
};

// Rolls back unless it was committed, also when the work throws.
class RollBack {
  public:
    explicit RollBack(PostgresConnection& connection) : connection_(connection) {}

    RollBack(const RollBack&) = delete;
    RollBack& operator=(const RollBack&) = delete;
    RollBack(RollBack&&) = delete;
    RollBack& operator=(RollBack&&) = delete;

    ~RollBack() { connection_.roll_back(); }

  private:
    PostgresConnection& connection_;
};

SteadyTime steady_now() {
    return SystemClock().steady_now();
}

/// Those who met once should not meet again: a random part of a limit that grows.
void pause_before(int attempt) {
    const auto limit = std::min<std::chrono::microseconds>(
        std::chrono::microseconds(500) * (1 << std::min(attempt, 7)), kLongestPause);
    const auto part = static_cast<unsigned char>(crypto::random_bytes(1).front());
    pause(limit * part / 256);
}

bool is_select(std::string_view sql) {
    return sql.starts_with("SELECT ");
}

}  // namespace

// A connection, given back at the end of the scope.
class PostgresDatabase::Lease {
  public:
    Lease(PostgresDatabase& database, Connection connection)
        : database_(database), connection_(std::move(connection)) {}

    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lease(Lease&&) = delete;
    Lease& operator=(Lease&&) = delete;

    ~Lease() { database_.give_back(std::move(connection_)); }

    [[nodiscard]] PostgresConnection& operator*() const { return *connection_; }

  private:
    PostgresDatabase& database_;
    Connection connection_;
};

PostgresDatabase::PostgresDatabase(Secret url, Options options)
    : url_(std::move(url)), options_(options) {}

Result<PostgresDatabase::Connection> PostgresDatabase::take() {
    GATEHOUSE_ASSERT(inside != this);
    std::unique_lock lock(mutex_);
    const auto has_room = [&] { return !idle_.empty() || open_ < options_.most_connections; };
    if (!returned_.wait_for(lock, options_.deadlines.statement, has_room)) {
        return fail(ErrorCode::kUnavailable, "the store cannot serve now", "connections busy");
    }
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (!connection->has_input()) {
            return connection;
        }
        --open_;
    }
    if (steady_now() < no_attempt_before_) {
        return fail(ErrorCode::kUnavailable, "the store cannot serve now",
                    "it did not answer a moment ago");
    }
    ++open_;
    lock.unlock();
    return connect();
}

Result<PostgresDatabase::Connection> PostgresDatabase::connect() {
    auto connection = PostgresConnection::open(url_, options_.deadlines);
    if (!connection) {
        {
            const std::lock_guard lock(mutex_);
            --open_;
            no_attempt_before_ = steady_now() + options_.pause;
        }
        returned_.notify_one();
    }
    return connection;
}

void PostgresDatabase::give_back(Connection connection) {
    {
        const std::lock_guard lock(mutex_);
        if (connection->is_usable()) {
            idle_.push_back(std::move(connection));
        } else {
            --open_;
        }
        if (connection != nullptr && connection->timed_out()) {
            // Each of the others would cost somebody as long a wait.
            open_ -= idle_.size();
            idle_.clear();
            no_attempt_before_ = steady_now() + options_.pause * kSlowPauses;
        }
    }
    returned_.notify_one();
}

/// Runs again what failed because of others, and what only reads once more after the connection
/// was lost in the middle; whether a change was made then nobody knows.
template <typename T>
Result<T> PostgresDatabase::alone(bool only_reads,
                                  const std::function<Result<T>(PostgresConnection&)>& work) {
    bool may_reconnect = only_reads;
    for (int attempt = 1;; ++attempt) {
        auto connection = take();
        if (!connection) {
            return std::unexpected(connection.error());
        }
        const Lease lease(*this, std::move(*connection));
        auto done = work(*lease);
        if (done) {
            return done;
        }
        const bool was_lost = !(*lease).is_usable();
        if (was_lost ? !std::exchange(may_reconnect, false)
                     : !(*lease).wants_retry() || attempt >= kAttempts) {
            return done;
        }
        if (!was_lost) {
            pause_before(attempt);
        }
    }
}

Result<std::int64_t> PostgresDatabase::execute(std::string_view sql,
                                               const std::vector<Field>& parameters) {
    return alone<std::int64_t>(
        false, [&](PostgresConnection& connection) { return connection.execute(sql, parameters); });
}

Result<std::vector<Row>> PostgresDatabase::query(std::string_view sql,
                                                 const std::vector<Field>& parameters) {
    return alone<std::vector<Row>>(is_select(sql), [&](PostgresConnection& connection) {
        return connection.query(sql, parameters);
    });
}

Result<void> PostgresDatabase::execute_each(std::string_view sql,
                                            const std::vector<std::vector<Field>>& sets) {
    return alone<void>(
        false, [&](PostgresConnection& connection) { return connection.execute_each(sql, sets); });
}

Result<void> PostgresDatabase::attempt(PostgresConnection& connection,
                                       const std::function<Result<void>(Session&)>& work) const {
    const RollBack at_end(connection);
    if (auto begun = connection.begin(kSerializable); !begun) {
        return begun;
    }
    const InsideMark mark(this);
    if (auto worked = work(connection); !worked) {
        return worked;
    }
    return connection.commit();
}

Result<void> PostgresDatabase::transaction(const std::function<Result<void>(Session&)>& work) {
    return alone<void>(false,
                       [&](PostgresConnection& connection) { return attempt(connection, work); });
}

Result<void> PostgresDatabase::run_long(
    std::string_view how, const std::function<Result<void>(PostgresConnection&)>& work) const {
    auto connection = PostgresConnection::open(url_, kSchemaDeadlines);
    if (!connection) {
        return std::unexpected(connection.error());
    }
    const RollBack at_end(**connection);
    auto done = (*connection)->begin(how);
    if (done) {
        done = work(**connection);
    }
    return done ? (*connection)->commit() : done;
}

Result<void> PostgresDatabase::snapshot(const Load& work) {
    return run_long("ISOLATION LEVEL REPEATABLE READ READ ONLY",
                    [&](PostgresConnection& connection) {
                        return load_tables(connection, postgres_tables(connection), work);
                    });
}

Result<void> PostgresDatabase::rebuild(std::int64_t version, const Load& load) {
    return run_long("ISOLATION LEVEL READ COMMITTED", [&](PostgresConnection& connection) {
        return rebuild_postgres(connection, version, load);
    });
}

void PostgresDatabase::announce() {
    {
        const std::lock_guard lock(mutex_);
        if (!announces_) {
            return;
        }
    }
    const auto done = execute("NOTIFY gatehouse", {});
    // A store that speaks PostgreSQL's language but has no channels is looked at every second.
    if (!done && done.error().code == ErrorCode::kInternal) {
        const std::lock_guard lock(mutex_);
        announces_ = false;
    }
}

Result<PostgresDatabase::Connection> PostgresDatabase::connect_listener() const {
    auto connection = PostgresConnection::open(url_, {.connect = options_.deadlines.connect / 3,
                                                      .statement = options_.deadlines.statement});
    if (!connection) {
        return connection;
    }
    if (auto listening = (*connection)->run_script("LISTEN gatehouse"); !listening) {
        return std::unexpected(listening.error());
    }
    return connection;
}

bool PostgresDatabase::take_announcements() {
    const std::lock_guard lock(listening_);
    if (listener_ != nullptr) {
        const bool any = listener_->take_notifications();
        if (!listener_->is_usable()) {
            listener_.reset();
        }
        return any;
    }
    const auto now = steady_now();
    if (now < listen_again_at_) {
        return false;
    }
    listen_again_at_ = now + kListenAgain;
    auto connection = connect_listener();
    if (!connection) {
        return false;
    }
    listener_ = std::move(*connection);
    return true;  // what was announced meanwhile is not known
}

Result<std::optional<Timestamp>> PostgresDatabase::time() {
    const auto rows =
        query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return from_unix_millis(rows->front().integer(0));
}

}  // namespace gatehouse::storage
