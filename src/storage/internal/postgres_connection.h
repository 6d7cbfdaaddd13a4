// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/database.h"

namespace gatehouse::storage {

/// Waits for the server no longer than these; what takes longer breaks the connection.
struct PostgresDeadlines {
    std::chrono::milliseconds connect{3000};
    /// Of one statement, or of one batch.
    std::chrono::milliseconds statement{5000};
};

/// One connection with its prepared statements. One thread at a time.
class PostgresConnection final : public Session {
  public:
    /// kUnavailable when nobody answers in time or the server refuses; kInvalid for an address that
    /// cannot be read and for a database of another encoding.
    [[nodiscard]] static Result<std::unique_ptr<PostgresConnection>> open(
        const Secret& url, const PostgresDeadlines& deadlines);

    [[nodiscard]] Result<std::int64_t> execute(std::string_view sql,
                                               const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<std::vector<Row>> query(std::string_view sql,
                                                 const std::vector<Field>& parameters) override;
    [[nodiscard]] Result<void> execute_each(std::string_view sql,
                                            const std::vector<std::vector<Field>>& sets) override;

    /// Any number of statements, without parameters.
    [[nodiscard]] Result<void> run_script(const std::string& sql);

    [[nodiscard]] Result<void> begin(std::string_view how);
    /// Fails, too, when a statement had failed and was passed over.
    [[nodiscard]] Result<void> commit();
    void roll_back();

    /// True when the last failure was the store's way of asking for the whole transaction again.
    [[nodiscard]] bool wants_retry() const;
    /// False once the connection is lost, in doubt, or inside a transaction that should be over.
    [[nodiscard]] bool is_usable() const;

    /// The server did not answer: others that ask it now would wait as long.
    [[nodiscard]] bool timed_out() const { return timed_out_; }

    /// True when something has come that nobody asked for. On an idle connection without LISTEN
    /// that is the server's farewell.
    [[nodiscard]] bool has_input() const;
    /// True when notifications have come, or when they could not come any more.
    [[nodiscard]] bool take_notifications();

  private:
    struct Close {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };

    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };

    struct Hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    struct Statement {
        std::string name;
        std::size_t parameters = 0;
    };

    class Arguments;

    using Answer = std::unique_ptr<PGresult, Clear>;

    PostgresConnection(PGconn* connection, const PostgresDeadlines& deadlines)
        : connection_(connection), deadlines_(deadlines) {}

    [[nodiscard]] Result<void> finish_connecting(SteadyTime deadline);
    [[nodiscard]] Result<void> set_up();
    [[nodiscard]] Result<const Statement*> prepare(std::string_view sql, std::string_view shape);
    [[nodiscard]] Result<Answer> prepare_as(const std::string& name,
                                            const std::string& sql,
                                            const std::vector<Oid>& types);
    [[nodiscard]] Result<Answer> run(std::string_view sql, const std::vector<Field>& parameters);
    [[nodiscard]] Result<void> send_each(const Statement& statement,
                                         const std::vector<std::vector<Field>>& sets);
    [[nodiscard]] Result<void> read_each(std::size_t count, SteadyTime deadline);
    /// The last of the answers to what was sent; a failure of the server is in it.
    [[nodiscard]] Result<Answer> read_answer(SteadyTime deadline);
    [[nodiscard]] Result<Answer> read_one(SteadyTime deadline);
    [[nodiscard]] Result<void> flush(SteadyTime deadline);
    [[nodiscard]] bool wait(short events, SteadyTime deadline) const;
    [[nodiscard]] SteadyTime statement_deadline() const;
    [[nodiscard]] std::unexpected<Error> lost(std::string detail);
    [[nodiscard]] std::unexpected<Error> too_late(std::string detail);
    [[nodiscard]] std::unexpected<Error> refused(const PGresult* answer);

    std::unique_ptr<PGconn, Close> connection_;
    PostgresDeadlines deadlines_;
    std::unordered_map<std::string, Statement, Hash, std::equal_to<>> statements_;
    std::uint64_t next_statement_ = 0;
    std::string state_;  ///< SQLSTATE of the last failure
    bool lost_ = false, timed_out_ = false;
};

/// Where PostgreSQL's SQLSTATE puts the blame.
[[nodiscard]] ErrorCode postgres_error_code(std::string_view state);

}  // namespace gatehouse::storage
