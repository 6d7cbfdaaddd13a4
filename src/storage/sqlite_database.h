// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.h"
#include "storage/internal/sqlite_connection.h"

namespace gatehouse::storage {

/// SQLite in WAL mode: one writing connection that callers take in turn, and a few reading ones
/// whose queries see the last commit and wait for nobody.
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

  private:
    class ReaderLease;

    /// Waits up to the busy deadline; kUnavailable after it.
    [[nodiscard]] Result<std::unique_lock<std::timed_mutex>> lock_writer();
    [[nodiscard]] Result<Connection> take_reader();
    void give_back(Connection reader);

    std::timed_mutex writer_mutex_;  // held while writer_ is in use
    Connection writer_;
    std::mutex readers_mutex_;  // guards readers_
    std::condition_variable reader_returned_;
    std::vector<Connection> readers_;
};

}  // namespace gatehouse::storage
