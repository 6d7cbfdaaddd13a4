// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.h"
#include "storage/internal/sqlite_connection.h"

namespace gatehouse::storage {

/// SQLite in WAL mode: one writing connection, and a few reading ones whose queries see the last
/// commit and wait for nobody. Whoever wants to write while somebody writes waits, and all who wait
/// share the next commit: it is durable for each of them at the price of one.
class SqliteDatabase final : public Database {
  public:
    using Connection = std::unique_ptr<SqliteConnection>;

    SqliteDatabase(Connection writer, std::vector<Connection> readers);

    [[nodiscard]] Result<std::int64_t> execute(std::string_view sql,
                                               const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<std::vector<Row>> query(std::string_view sql,
                                                 const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<void> transaction(
        const std::function<Result<void>(Session&)>& work) override;
    [[nodiscard]] Result<void> snapshot(const Load& work) override;
    [[nodiscard]] Result<void> rebuild(std::int64_t version, const Load& load) override;

    /// How many transactions wait for their turn.
    [[nodiscard]] std::size_t waiting() const;

  private:
    using Work = std::function<Result<void>(Session&)>;

    /// A transaction that somebody waits for.
    struct Job {
        enum class State { kQueued, kTaken, kDone };

        const Work& work;
        State state = State::kQueued;
        Result<void> outcome;
        std::exception_ptr thrown;
    };

    class ReaderLease;

    /// False: the job is done. Else the caller leads, and has taken `batch` to run.
    [[nodiscard]] Result<bool> queue(Job& job, std::vector<Job*>& batch);
    void run_batch(const std::vector<Job*>& batch);
    [[nodiscard]] Result<void> run_all(const std::vector<Job*>& batch);
    void run_one(Job& job);
    void run_between_savepoints(Job& job);
    /// Waits up to the busy deadline; kUnavailable after it.
    [[nodiscard]] Result<std::unique_lock<std::timed_mutex>> lock_writer();
    [[nodiscard]] Result<Connection> take_reader();
    void give_back(Connection reader);

    mutable std::mutex jobs_mutex_;  // guards jobs_, their states and leading_
    std::condition_variable jobs_changed_;
    std::deque<Job*> jobs_;
    bool leading_ = false;
    std::timed_mutex writer_mutex_;  // held while writer_ is in use
    Connection writer_;
    std::mutex readers_mutex_;  // guards readers_
    std::condition_variable reader_returned_;
    std::vector<Connection> readers_;
};

}  // namespace gatehouse::storage
