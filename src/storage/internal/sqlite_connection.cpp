// SPDX-License-Identifier: Apache-2.0
#include "storage/internal/sqlite_connection.h"

#include <limits>

#include "base/assert.h"

namespace gatehouse::storage {

namespace {

constexpr int kBusyMillis = 5000;
// Small things of SQLite's own are taken from these, without the allocator.
constexpr int kLookasideSize = 2048;
constexpr int kLookasideCount = 200;
constexpr std::size_t kMaxStatements = 256;

// SQLite counts every allocation under a lock unless told otherwise before its first use; nobody
// asks for the count.
void configure_library() {
    static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)configured;
}

// Forgets bound values and row position when its use ends, so that no read lock stays behind.
class Use {
  public:
    explicit Use(sqlite3_stmt* statement) : statement_(statement) {}

    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Use(Use&&) = delete;
    Use& operator=(Use&&) = delete;

    ~Use() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

  private:
    sqlite3_stmt* statement_;
};

struct Binder {
    sqlite3_stmt* statement;
    int index;

    // SQLITE_STATIC: parameters outlive the statement's use.
    int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, index); }

    int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }

    int operator()(const std::string& value) const {
        return sqlite3_bind_text64(statement, index, value.data(), value.size(), nullptr,
                                   SQLITE_UTF8);
    }

    int operator()(const Blob& value) const {
        return sqlite3_bind_blob64(statement, index, value.bytes.data(), value.bytes.size(),
                                   nullptr);
    }
};

Field read_column(sqlite3_stmt* statement, int column) {
    const auto copy = [&](const void* bytes) {
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        return bytes == nullptr ? std::string()
                                : std::string(static_cast<const char*>(bytes), size);
    };
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
        case SQLITE_FLOAT:  // a computed column, such as an average, is cut to an integer
            return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
        case SQLITE_TEXT:
            return copy(sqlite3_column_text(statement, column));
        case SQLITE_BLOB:
            return Blob{copy(sqlite3_column_blob(statement, column))};
        default:
            return nullptr;
    }
}

}  // namespace

ErrorCode sqlite_error_code(int code) {
    switch (code & 0xFF) {  // the primary code of an extended one
        case SQLITE_CONSTRAINT:
            return ErrorCode::kConflict;
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_NOMEM:
            return ErrorCode::kUnavailable;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorCode::kCorrupt;
        default:
            return ErrorCode::kInternal;
    }
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                 Mode mode) {
    configure_library();
    sqlite3* handle = nullptr;
    // NOMUTEX: whoever holds the connection is its only user
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
    if (code != SQLITE_OK) {
        return connection->last_error(code);
    }
    sqlite3_busy_timeout(handle, kBusyMillis);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    std::string setup =
        "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;";
    if (mode == Mode::kReadOnly) {
        setup += "PRAGMA query_only=ON;";
    } else {
        // Pages that a batch of records touches stay in memory, 16 MiB of them.
        setup += "PRAGMA cache_size=-16384;";
        sqlite3_db_config(handle, SQLITE_DBCONFIG_LOOKASIDE, nullptr, kLookasideSize,
                          kLookasideCount);
        if (const int attached = connection->rows_.attach(handle); attached != SQLITE_OK) {
            return connection->last_error(attached);
        }
    }
    auto done = connection->run_script(setup);
    if (done && mode != Mode::kReadOnly) {
        done = connection->use_write_ahead_log();
    }
    if (!done) {
        return std::unexpected(done.error());
    }
    return connection;
}

// SQLite does not ask its busy handler before it refuses to change the journal mode, which
// several who open a new database at once all try.
Result<void> SqliteConnection::use_write_ahead_log() {
    constexpr int kPauseMillis = 10;
    auto done = run_script("PRAGMA journal_mode=WAL;");
    for (int waited = 0; !done && waited < kBusyMillis; waited += kPauseMillis) {
        if ((sqlite3_extended_errcode(handle_.get()) & 0xff) != SQLITE_BUSY) {
            break;
        }
        sqlite3_sleep(kPauseMillis);
        done = run_script("PRAGMA journal_mode=WAL;");
    }
    return done;
}

std::unexpected<Error> SqliteConnection::last_error(int code) const {
    const auto blame = sqlite_error_code(code);
    std::string detail = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_.get());
    detail += " [" + std::to_string(code) + "]";
    switch (blame) {
        case ErrorCode::kConflict:
            return fail(blame, "it is already there, or in use", std::move(detail));
        case ErrorCode::kUnavailable:
            return fail(blame, "the store cannot serve now", std::move(detail));
        case ErrorCode::kCorrupt:
            return fail(blame, "the store is damaged", std::move(detail));
        default:
            return fail(blame, "the store refused a statement", std::move(detail));
    }
}

Result<sqlite3_stmt*> SqliteConnection::prepare(std::string_view sql) {
    if (const auto found = statements_.find(sql); found != statements_.end()) {
        return found->second.get();
    }
    if (statements_.size() >= kMaxStatements) {
        statements_.clear();
    }
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    Statement statement(raw);
    if (code != SQLITE_OK) {
        return last_error(code);
    }
    const std::string_view rest(tail, sql.data() + sql.size());
    if (!statement || rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        return fail(ErrorCode::kInternal, "the store refused a statement", "not one statement");
    }
    statements_.emplace(sql, std::move(statement));
    return raw;
}

Result<void> SqliteConnection::bind(sqlite3_stmt* statement, const std::vector<Field>& parameters) {
    if (sqlite3_bind_parameter_count(statement) != static_cast<int>(parameters.size())) {
        return fail(ErrorCode::kInternal, "the store refused a statement",
                    "wrong number of parameters");
    }
    int index = 0;
    for (const auto& parameter : parameters) {
        const int code = std::visit(Binder{.statement = statement, .index = ++index}, parameter);
        if (code != SQLITE_OK) {
            return last_error(code);
        }
    }
    return {};
}

Result<std::int64_t> SqliteConnection::execute(std::string_view sql,
                                               const std::vector<Field>& parameters) {
    const auto statement = prepare(sql);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    const Use use(*statement);
    if (auto bound = bind(*statement, parameters); !bound) {
        return std::unexpected(bound.error());
    }
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) {
        code = sqlite3_step(*statement);
    }
    if (code != SQLITE_DONE) {
        return last_error(code);
    }
    return sqlite3_stmt_readonly(*statement) != 0 ? 0 : sqlite3_changes64(handle_.get());
}

Result<std::vector<Row>> SqliteConnection::query(std::string_view sql,
                                                 const std::vector<Field>& parameters) {
    const auto statement = prepare(sql);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    const Use use(*statement);
    if (auto bound = bind(*statement, parameters); !bound) {
        return std::unexpected(bound.error());
    }
    std::vector<Row> rows;
    while (true) {
        const int code = sqlite3_step(*statement);
        if (code == SQLITE_DONE) {
            return rows;
        }
        if (code != SQLITE_ROW) {
            return last_error(code);
        }
        std::vector<Field> fields;
        const int columns = sqlite3_column_count(*statement);
        fields.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            fields.push_back(read_column(*statement, column));
        }
        rows.emplace_back(std::move(fields));
    }
}

// OR FAIL needs no copy of the pages that it changes; whoever is refused gives up the transaction.
Result<void> SqliteConnection::append(std::string_view table,
                                      std::span<const std::string_view> columns,
                                      RowSource& rows) {
    GATEHOUSE_ASSERT(columns.size() <= SqliteRows::kMaxColumns);
    std::string names;
    std::string values;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        names.append(i == 0 ? "" : ", ").append(columns[i]);
        values += (i == 0 ? "c" : ", c") + std::to_string(i);
    }
    std::string sql = "INSERT OR FAIL INTO ";
    sql.append(table).append(" (" + names + ") SELECT " + values + " FROM gatehouse_rows");
    const SqliteRows::Use use(rows_, rows);
    const auto done = execute(sql, {});
    return done ? Result<void>{} : std::unexpected(done.error());
}

Result<bool> SqliteConnection::is_read_only(std::string_view sql) {
    const auto statement = prepare(sql);
    if (!statement) {
        return std::unexpected(statement.error());
    }
    return sqlite3_stmt_readonly(*statement) != 0;
}

Result<void> SqliteConnection::run_script(const std::string& sql) {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return last_error(code);
    }
    return {};
}

bool SqliteConnection::in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

}  // namespace gatehouse::storage
