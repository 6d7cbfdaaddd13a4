// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/postgres_connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "storage/internal/postgres_dialect.h"
#include "storage/internal/postgres_values.h"

namespace gatehouse::storage {
namespace {

constexpr std::size_t kMaxStatements = 256;

constexpr std::string_view kSerializationFailure = "40001";
constexpr std::string_view kDeadlock = "40P01";
constexpr std::string_view kTransactionIsOver = "25P02";

// A transaction that is abandoned in the middle, for example because its process stands still,
// must not hold up the others for long.
constexpr std::string_view kSessionSettings =
    "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; "
    "SET bytea_output = 'hex'; SET lock_timeout = {0}; SET statement_timeout = {0}; "
    "SET idle_in_transaction_session_timeout = {1}";

SteadyTime steady_now() {
    return SystemClock().steady_now();
}

std::unexpected<Error> cannot_serve(std::string detail) {
    return fail(ErrorCode::kUnavailable, "the store cannot serve now", std::move(detail));
}

std::string trimmed(std::string_view message) {
    const auto end = message.find('\n');
    return std::string(message.substr(0, end));
}

struct Options {
    std::vector<const char*> names, values;

    void add(const char* name, const char* value) {
        names.push_back(name);
        values.push_back(value);
    }
};

/// What stands before the address are defaults that it may change; what stands after it is ours.
Options connection_options(const char* url) {
    Options options;
    options.add("application_name", "gatehouse");
    options.add("keepalives_idle", "10");
    options.add("keepalives_interval", "5");
    options.add("keepalives_count", "3");
    options.add("tcp_user_timeout", "10000");
    options.add("dbname", url);
    options.add("client_encoding", "UTF8");
    options.add(nullptr, nullptr);
    return options;
}

bool is_readable(const std::string& url) {
    char* reason = nullptr;
    PQconninfoOption* parsed = PQconninfoParse(url.c_str(), &reason);
    PQfreemem(reason);  // it may quote the password
    if (parsed == nullptr) {
        return false;
    }
    PQconninfoFree(parsed);
    return true;
}

}  // namespace

ErrorCode postgres_error_code(std::string_view state) {
    const std::string_view group = state.substr(0, 2);
    if (group == "23") {
        return ErrorCode::kConflict;
    }
    if (state == "XX001" || state == "XX002") {
        return ErrorCode::kCorrupt;
    }
    if (state.empty() || state == "55P03" || state == "25006" || state == "25P03") {
        return ErrorCode::kUnavailable;
    }
    constexpr std::array<std::string_view, 6> kPassing{"08", "28", "40", "53", "57", "58"};
    return std::ranges::find(kPassing, group) != kPassing.end() ? ErrorCode::kUnavailable
                                                                : ErrorCode::kInternal;
}

/// Parameters as libpq wants them. Text without NUL by construction.
class PostgresConnection::Arguments {
  public:
    explicit Arguments(const std::vector<Field>& parameters) {
        texts_.reserve(parameters.size());
        for (const Field& field : parameters) {
            const bool is_null = std::holds_alternative<std::nullptr_t>(field);
            texts_.push_back(to_wire(field));
            values_.push_back(is_null ? nullptr : texts_.back().c_str());
            lengths_.push_back(static_cast<int>(texts_.back().size()));
            formats_.push_back(std::holds_alternative<Blob>(field) ? 1 : 0);
        }
    }

    [[nodiscard]] bool send(PGconn* connection, const std::string& statement) const {
        return PQsendQueryPrepared(connection, statement.c_str(), static_cast<int>(values_.size()),
                                   values_.data(), lengths_.data(), formats_.data(), 0) == 1;
    }

  private:
    std::vector<std::string> texts_;
    std::vector<const char*> values_;
    std::vector<int> lengths_, formats_;
};

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(
    const Secret& url, const PostgresDeadlines& deadlines) {
    const std::string address(url.reveal());
    if (!is_readable(address)) {
        return fail(ErrorCode::kInvalid, "the address of the store cannot be read");
    }
    const Options options = connection_options(address.c_str());
    PGconn* raw = PQconnectStartParams(options.names.data(), options.values.data(), 1);
    if (raw == nullptr) {
        return cannot_serve("out of memory");
    }
    std::unique_ptr<PostgresConnection> connection(new PostgresConnection(raw, deadlines));
    const auto deadline = steady_now() + deadlines.connect;
    if (auto done = connection->finish_connecting(deadline); !done) {
        return std::unexpected(done.error());
    }
    if (auto done = connection->set_up(); !done) {
        return std::unexpected(done.error());
    }
    return connection;
}

Result<void> PostgresConnection::finish_connecting(SteadyTime deadline) {
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED || PQstatus(connection_.get()) == CONNECTION_BAD) {
            return lost(trimmed(PQerrorMessage(connection_.get())));
        }
        const bool reads = state == PGRES_POLLING_READING;
        if (!wait(static_cast<short>(reads ? POLLIN : POLLOUT), deadline)) {
            return too_late("no connection in time");
        }
        state = PQconnectPoll(connection_.get());
    }
    if (PQsetnonblocking(connection_.get(), 1) != 0) {
        return lost("no connection without waiting");
    }
    // Notices are for people at a terminal.
    PQsetNoticeReceiver(connection_.get(), [](void*, const PGresult*) {}, nullptr);
    return {};
}

Result<void> PostgresConnection::set_up() {
    const auto limit = deadlines_.statement.count();
    if (auto set = run_script(fmt::format(kSessionSettings, limit, limit * 2)); !set) {
        return set;
    }
    const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
    if (encoding != nullptr && std::string_view(encoding) != "UTF8") {
        return fail(ErrorCode::kInvalid,
                    "the database does not hold UTF-8: create it with ENCODING 'UTF8'");
    }
    return {};
}

bool PostgresConnection::wait(short events, SteadyTime deadline) const {
    const int socket = PQsocket(connection_.get());
    while (socket >= 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_now());
        if (left.count() <= 0) {
            return false;
        }
        pollfd one{.fd = socket, .events = events, .revents = 0};
        const int ready = ::poll(&one, 1, static_cast<int>(left.count()));
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
    return false;
}

SteadyTime PostgresConnection::statement_deadline() const {
    // The server ends a statement by its own deadline first, and the connection lives on.
    return steady_now() + deadlines_.statement + std::chrono::milliseconds(500);
}

std::unexpected<Error> PostgresConnection::lost(std::string detail) {
    lost_ = true;
    state_.clear();
    return cannot_serve(std::move(detail));
}

std::unexpected<Error> PostgresConnection::too_late(std::string detail) {
    timed_out_ = true;
    return lost(std::move(detail));
}

std::unexpected<Error> PostgresConnection::refused(const PGresult* answer) {
    const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    const char* text = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    const std::string_view code = state == nullptr ? "" : state;
    std::string detail = fmt::format("{} [{}]", text == nullptr ? "" : text, code);
    const auto blame = postgres_error_code(code);
    if (code != kTransactionIsOver) {  // then the failure before it is the one that matters
        state_ = code;
    }
    if (PQstatus(connection_.get()) == CONNECTION_BAD) {
        return lost(std::move(detail));
    }
    switch (blame) {
        case ErrorCode::kConflict:
            return fail(blame, "it is already there, or in use", std::move(detail));
        case ErrorCode::kUnavailable:
            return cannot_serve(std::move(detail));
        case ErrorCode::kCorrupt:
            return fail(blame, "the store is damaged", std::move(detail));
        default:
            return fail(blame, "the store refused a statement", std::move(detail));
    }
}

Result<void> PostgresConnection::flush(SteadyTime deadline) {
    while (true) {
        const int left = PQflush(connection_.get());
        if (left == 0) {
            return {};
        }
        if (left < 0) {
            return lost(trimmed(PQerrorMessage(connection_.get())));
        }
        // A server that has much to say reads nothing until somebody listens.
        if (!wait(POLLIN | POLLOUT, deadline)) {
            return too_late("no answer in time");
        }
        if (PQconsumeInput(connection_.get()) == 0) {
            return lost(trimmed(PQerrorMessage(connection_.get())));
        }
    }
}

Result<PostgresConnection::Answer> PostgresConnection::read_one(SteadyTime deadline) {
    while (PQisBusy(connection_.get()) != 0) {
        if (!wait(POLLIN, deadline)) {
            return too_late("no answer in time");
        }
        if (PQconsumeInput(connection_.get()) == 0) {
            return lost(trimmed(PQerrorMessage(connection_.get())));
        }
    }
    return Answer(PQgetResult(connection_.get()));
}

Result<PostgresConnection::Answer> PostgresConnection::read_answer(SteadyTime deadline) {
    if (auto sent = flush(deadline); !sent) {
        return std::unexpected(sent.error());
    }
    Answer last;
    while (true) {
        auto next = read_one(deadline);
        if (!next) {
            return next;
        }
        if (*next == nullptr) {
            break;
        }
        // Of a script the first failure is the one that matters; nothing runs after it.
        last = std::move(*next);
    }
    if (last == nullptr) {
        return lost("no answer");
    }
    const auto status = PQresultStatus(last.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        return last;
    }
    if (status == PGRES_EMPTY_QUERY) {
        return fail(ErrorCode::kInternal, "the store refused a statement", "not one statement");
    }
    return refused(last.get());
}

Result<PostgresConnection::Answer> PostgresConnection::prepare_as(const std::string& name,
                                                                  const std::string& sql,
                                                                  const std::vector<Oid>& types) {
    if (PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), static_cast<int>(types.size()),
                      types.data()) != 1) {
        return lost(trimmed(PQerrorMessage(connection_.get())));
    }
    return read_answer(statement_deadline());
}

Result<const PostgresConnection::Statement*> PostgresConnection::prepare(std::string_view sql,
                                                                         std::string_view shape) {
    std::string key(sql);
    key.append(1, '\0').append(shape);
    if (const auto found = statements_.find(key); found != statements_.end()) {
        return &found->second;
    }
    const NumberedSql numbered = number_parameters(sql);
    if (numbered.parameters != shape.size()) {
        return fail(ErrorCode::kInternal, "the store refused a statement",
                    "wrong number of parameters");
    }
    if (statements_.size() >= kMaxStatements) {
        if (auto freed = run_script("DEALLOCATE ALL"); !freed) {
            return std::unexpected(freed.error());
        }
        statements_.clear();
    }
    const std::string name = "s" + std::to_string(next_statement_++);
    const auto prepared = prepare_as(name, numbered.sql, wire_types(shape));
    if (!prepared) {
        return std::unexpected(prepared.error());
    }
    const auto added =
        statements_.emplace(key, Statement{.name = name, .parameters = numbered.parameters});
    return &added.first->second;
}

Result<PostgresConnection::Answer> PostgresConnection::run(std::string_view sql,
                                                           const std::vector<Field>& parameters) {
    if (lost_) {
        return cannot_serve("connection lost");
    }
    if (PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) {
        state_.clear();
    }
    const auto statement = prepare(sql, shape_of(parameters));
    if (!statement) {
        return std::unexpected(statement.error());
    }
    if (!Arguments(parameters).send(connection_.get(), (*statement)->name)) {
        return lost(trimmed(PQerrorMessage(connection_.get())));
    }
    return read_answer(statement_deadline());
}

Result<std::int64_t> PostgresConnection::execute(std::string_view sql,
                                                 const std::vector<Field>& parameters) {
    const auto answer = run(sql, parameters);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    return changed_rows(answer->get());
}

Result<std::vector<Row>> PostgresConnection::query(std::string_view sql,
                                                   const std::vector<Field>& parameters) {
    const auto answer = run(sql, parameters);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    return read_rows(answer->get());
}

Result<void> PostgresConnection::execute_each(std::string_view sql,
                                              const std::vector<std::vector<Field>>& sets) {
    if (sets.empty()) {
        return {};
    }
    const auto shape = common_shape(sets);
    if (!shape || sets.size() == 1) {
        return Session::execute_each(sql, sets);
    }
    if (lost_) {
        return cannot_serve("connection lost");
    }
    const auto statement = prepare(sql, *shape);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    return send_each(**statement, sets);
}

Result<void> PostgresConnection::send_each(const Statement& statement,
                                           const std::vector<std::vector<Field>>& sets) {
    if (PQenterPipelineMode(connection_.get()) != 1) {
        return lost("no pipeline");
    }
    const auto deadline = statement_deadline();
    for (const std::vector<Field>& set : sets) {
        if (!Arguments(set).send(connection_.get(), statement.name)) {
            return lost(trimmed(PQerrorMessage(connection_.get())));
        }
    }
    if (PQpipelineSync(connection_.get()) != 1) {
        return lost(trimmed(PQerrorMessage(connection_.get())));
    }
    if (auto sent = flush(deadline); !sent) {
        return sent;
    }
    auto done = read_each(sets.size(), deadline);
    if (!lost_ && PQexitPipelineMode(connection_.get()) != 1) {
        return lost("the pipeline did not end");
    }
    return done;
}

/// Each statement has one answer and a null after it; the synchronization point has one answer.
Result<void> PostgresConnection::read_each(std::size_t count, SteadyTime deadline) {
    Result<void> outcome;
    for (std::size_t read = 0; read <= count; ++read) {
        const auto answer = read_one(deadline);
        if (!answer) {
            return std::unexpected(answer.error());
        }
        const auto status = PQresultStatus(answer->get());
        if (status == PGRES_FATAL_ERROR && outcome) {
            outcome = refused(answer->get());
        }
        if (status == PGRES_PIPELINE_SYNC) {
            return outcome;
        }
        const auto end = read_one(deadline);
        if (!end) {
            return std::unexpected(end.error());
        }
        if (*end != nullptr) {
            return lost("an answer too many");
        }
    }
    return lost("an answer too many");
}

Result<void> PostgresConnection::run_script(const std::string& sql) {
    if (lost_) {
        return cannot_serve("connection lost");
    }
    if (PQsendQuery(connection_.get(), sql.c_str()) != 1) {
        return lost(trimmed(PQerrorMessage(connection_.get())));
    }
    const auto answer = read_answer(statement_deadline());
    return answer ? Result<void>{} : std::unexpected(answer.error());
}

Result<void> PostgresConnection::begin(std::string_view how) {
    state_.clear();
    return run_script("BEGIN " + std::string(how));
}

Result<void> PostgresConnection::commit() {
    if (PQtransactionStatus(connection_.get()) == PQTRANS_INERROR) {
        roll_back();
        return cannot_serve("a statement of the transaction had failed");
    }
    return run_script("COMMIT");
}

void PostgresConnection::roll_back() {
    const std::string state = state_;
    if (!lost_ && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) {
        (void)run_script("ROLLBACK");
    }
    state_ = state;
}

bool PostgresConnection::wants_retry() const {
    return !lost_ && (state_ == kSerializationFailure || state_ == kDeadlock);
}

bool PostgresConnection::is_usable() const {
    return !lost_ && PQstatus(connection_.get()) == CONNECTION_OK &&
           PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

bool PostgresConnection::has_input() const {
    pollfd one{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, 0) != 0;
}

bool PostgresConnection::take_notifications() {
    while (!lost_ && has_input()) {
        lost_ = PQconsumeInput(connection_.get()) == 0;
    }
    bool any = lost_;
    while (PGnotify* notification = PQnotifies(connection_.get())) {
        PQfreemem(notification);
        any = true;
    }
    return any;
}

}  // namespace gatehouse::storage
