// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.h"
#include "storage/internal/postgres_connection.h"

namespace gatehouse::storage {

/// PostgreSQL, or what speaks its language, through a few connections that are made when they are
/// needed and made again after a loss. Transactions are serializable and run again when the store
/// says so; single statements need no more than the default isolation. Callers wait up to a
/// deadline; once nobody answers they fail at once until somebody does.
class PostgresDatabase final : public Database {
  public:
    struct Options {
        std::size_t most_connections = 10;
        PostgresDeadlines deadlines;
        /// After a failed attempt to connect nobody tries for this long.
        std::chrono::milliseconds pause{250};
    };

    PostgresDatabase(Secret url, Options options);

    [[nodiscard]] Result<std::int64_t> execute(std::string_view sql,
                                               const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<std::vector<Row>> query(std::string_view sql,
                                                 const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<void> execute_each(std::string_view sql,
                                            const std::vector<std::vector<Field>>& sets) override;
    [[nodiscard]] Result<void> transaction(
        const std::function<Result<void>(Session&)>& work) override;
    [[nodiscard]] Result<void> snapshot(const Load& work) override;
    [[nodiscard]] Result<void> rebuild(std::int64_t version, const Load& load) override;
    void announce() override;
    [[nodiscard]] bool take_announcements() override;
    [[nodiscard]] Result<std::optional<Timestamp>> time() override;

  private:
    using Connection = std::unique_ptr<PostgresConnection>;

    class Lease;

    [[nodiscard]] Result<Connection> take();
    [[nodiscard]] Result<Connection> connect();
    [[nodiscard]] Result<Connection> connect_listener() const;
    void give_back(Connection connection);
    [[nodiscard]] Result<void> attempt(PostgresConnection& connection,
                                       const std::function<Result<void>(Session&)>& work) const;
    /// On a connection of its own, without the deadlines of calls.
    [[nodiscard]] Result<void> run_long(
        std::string_view how, const std::function<Result<void>(PostgresConnection&)>& work) const;
    template <typename T>
    [[nodiscard]] Result<T> alone(bool only_reads,
                                  const std::function<Result<T>(PostgresConnection&)>& work);

    const Secret url_;
    const Options options_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable returned_;
    std::vector<Connection> idle_;
    std::size_t open_ = 0;
    SteadyTime no_attempt_before_;
    bool announces_ = true;
    std::mutex listening_;  // guards what follows
    Connection listener_;
    SteadyTime listen_again_at_;
};

}  // namespace gatehouse::storage
