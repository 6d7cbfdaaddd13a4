// SPDX-License-Identifier: Apache-2.0
#include "storage/backup.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "crypto/sealer.h"
#include "storage/database.h"
#include "storage/internal/backup_file.h"
#include "storage/internal/schema_tables.h"

namespace gatehouse::storage {
namespace {

constexpr std::int64_t kPage = 500;

/// What belongs to this store and its gateways, not to what it holds.
constexpr std::array<std::string_view, 2> kLeftOut{"schema_migrations", "journal_positions"};
constexpr std::string_view kKeys = "sealed_keys";
/// What the first start, or the schema itself, makes.
constexpr std::array<std::string_view, 2> kMadeByItself{kKeys, "definitions_revision"};

bool is_left_out(const Table& table) {
    return std::ranges::find(kLeftOut, table.name) != kLeftOut.end();
}

std::string placeholders(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += i == 0 ? "?" : ", ?";
    }
    return "(" + text + ")";
}

/// The rows behind the key of `last`; all from the first when it is null.
std::string page_query(const Table& table, bool from_the_first) {
    const std::string key = join(table.key, ", ");
    std::string sql = "SELECT " + join(table.columns, ", ") + " FROM " + table.name;
    if (!from_the_first) {
        sql += " WHERE (" + key + ") > " + placeholders(table.key.size());
    }
    return sql + " ORDER BY " + key + " LIMIT " + std::to_string(kPage);
}

std::vector<Field> key_of(const Table& table, const Row& row) {
    std::vector<Field> fields;
    for (const std::string& column : table.key) {
        const auto at = std::ranges::find(table.columns, column) - table.columns.begin();
        fields.push_back(row.field(static_cast<std::size_t>(at)));
    }
    return fields;
}

Result<void> copy_table(Session& session, const Table& table, BackupWriter& writer) {
    if (table.key.empty()) {
        return fail(ErrorCode::kInternal, "table " + table.name + " has no primary key");
    }
    if (auto begun = writer.begin_table(table); !begun) {
        return begun;
    }
    std::vector<Field> last;
    while (true) {
        const auto rows = session.query(page_query(table, last.empty()), last);
        if (!rows) {
            return std::unexpected(rows.error());
        }
        for (const Row& row : *rows) {
            if (auto added = writer.add_row(row.fields()); !added) {
                return added;
            }
        }
        if (std::ssize(*rows) < kPage) {
            return {};
        }
        last = key_of(table, rows->back());
    }
}

Result<std::int64_t> schema_version(Session& session) {
    const auto rows = session.query("SELECT MAX(version) FROM schema_migrations", {});
    if (!rows) {
        return std::unexpected(rows.error());
    }
    return rows->front().integer(0);
}

/// Tries the keys on one of the boxes that every store has.
bool opens(const std::vector<Secret>& master_keys,
           const std::string& id,
           const std::string& purpose,
           const std::string& box) {
    return crypto::Sealer(master_keys, purpose).open(box, id).has_value();
}

/// Reads the whole file once, before anything is touched.
Result<BackupContent> examine(const std::filesystem::path& file,
                              const std::vector<Secret>& master_keys) {
    bool is_keys = false;
    bool fits = true;
    std::vector<std::string> columns;
    const BackupVisitor visitor{
        .on_table = [&](std::string_view table,
                        const std::vector<std::string>& names) -> Result<void> {
            is_keys = table == kKeys;
            columns = names;
            return {};
        },
        .on_row = [&](std::vector<Field> fields) -> Result<void> {
            if (!is_keys || master_keys.empty()) {
                return {};
            }
            const Row row(std::move(fields));
            const auto at = [&](std::string_view name) {
                return static_cast<std::size_t>(std::ranges::find(columns, name) - columns.begin());
            };
            if (at("id") == columns.size() || at("purpose") == columns.size() ||
                at("box") == columns.size()) {
                return fail(ErrorCode::kCorrupt, "the backup is not whole");
            }
            fits = fits && opens(master_keys, row.text(at("id")), row.text(at("purpose")),
                                 row.blob(at("box")));
            return {};
        }};
    auto content = read_backup(file, visitor);
    if (content && !fits) {
        return fail(ErrorCode::kForbidden, "the master key does not fit this backup");
    }
    return content;
}

class Loader {
  public:
    Loader(Session& session, std::vector<Table> known)
        : session_(session), known_(std::move(known)) {}

    Result<void> begin(std::string_view name, const std::vector<std::string>& columns) {
        if (auto stored = flush(); !stored) {
            return stored;
        }
        const auto table = std::ranges::find(known_, name, &Table::name);
        const auto is_known = [&](const std::string& column) {
            return std::ranges::find(table->columns, column) != table->columns.end();
        };
        if (table == known_.end() || !std::ranges::all_of(columns, is_known)) {
            return fail(ErrorCode::kInvalid, "the backup holds what this schema does not have");
        }
        sql_ = "INSERT INTO " + table->name + " (" + join(columns, ", ") + ") VALUES " +
               placeholders(columns.size());
        return {};
    }

    Result<void> add(std::vector<Field> fields) {
        rows_.push_back(std::move(fields));
        return std::ssize(rows_) < kPage ? Result<void>{} : flush();
    }

    Result<void> flush() {
        auto stored = session_.execute_each(sql_, rows_);
        rows_.clear();
        return stored;
    }

  private:
    Session& session_;
    std::vector<Table> known_;
    std::string sql_;
    std::vector<std::vector<Field>> rows_;
};

Result<std::unique_ptr<Database>> open_at(const StoreAddress& store) {
    return store.sqlite.empty() ? open_postgres(store.postgresql)
                                : open_sqlite(store.sqlite.string());
}

}  // namespace

Result<BackupSummary> write_backup(Database& database,
                                   const std::filesystem::path& file,
                                   Timestamp now) {
    BackupSummary summary{.made_at = now};
    const auto copy = [&](Session& session, std::vector<Table> tables) -> Result<void> {
        const auto schema = schema_version(session);
        if (!schema) {
            return std::unexpected(schema.error());
        }
        summary.schema = *schema;
        auto writer =
            BackupWriter::create(file, {.schema = *schema, .made_at = to_unix_millis(now)});
        if (!writer) {
            return std::unexpected(writer.error());
        }
        std::erase_if(tables, is_left_out);
        for (const Table& table : parents_first(std::move(tables))) {
            if (auto copied = copy_table(session, table, *writer); !copied) {
                return copied;
            }
        }
        summary.rows = writer->rows();
        return writer->finish();
    };
    const auto done = database.snapshot(copy);
    return done ? Result<BackupSummary>(summary) : std::unexpected(done.error());
}

Result<BackupSummary> restore_backup(Database& database,
                                     const std::filesystem::path& file,
                                     const std::vector<Secret>& master_keys) {
    const auto examined = examine(file, master_keys);
    if (!examined) {
        return std::unexpected(examined.error());
    }
    const auto done = database.rebuild(
        examined->head.schema, [&](Session& session, std::vector<Table> tables) -> Result<void> {
            Loader loader(session, std::move(tables));
            const auto read = read_backup(
                file,
                {.on_table =
                     [&](std::string_view table, const std::vector<std::string>& columns) {
                         return loader.begin(table, columns);
                     },
                 .on_row = [&](std::vector<Field> row) { return loader.add(std::move(row)); }});
            return read ? loader.flush() : std::unexpected(read.error());
        });
    if (!done) {
        return std::unexpected(done.error());
    }
    database.announce();
    return BackupSummary{.schema = examined->head.schema,
                         .rows = examined->rows,
                         .made_at = from_unix_millis(examined->head.made_at)};
}

Result<BackupSummary> write_backup(const StoreAddress& store,
                                   const std::filesystem::path& file,
                                   const Clock& clock) {
    std::error_code ignored;
    if (!store.sqlite.empty() && !std::filesystem::exists(store.sqlite, ignored)) {
        return fail(ErrorCode::kNotFound, "there is no store " + store.sqlite.string());
    }
    const auto database = open_at(store);
    return database ? write_backup(**database, file, clock.now())
                    : std::unexpected(database.error());
}

Result<BackupSummary> restore_backup(const StoreAddress& store,
                                     const std::filesystem::path& file,
                                     const std::vector<Secret>& master_keys) {
    if (const auto examined = examine(file, master_keys); !examined) {
        return std::unexpected(examined.error());
    }
    if (!store.sqlite.empty()) {
        std::error_code ignored;
        std::filesystem::create_directories(store.sqlite.parent_path(), ignored);
    }
    const auto database = open_at(store);
    return database ? restore_backup(**database, file, master_keys)
                    : std::unexpected(database.error());
}

Result<void> check_backup(const std::filesystem::path& file,
                          const std::vector<Secret>& master_keys) {
    const auto examined = examine(file, master_keys);
    return examined ? Result<void>{} : std::unexpected(examined.error());
}

Result<bool> is_unused(const StoreAddress& store) {
    std::error_code ignored;
    if (!store.sqlite.empty() && !std::filesystem::exists(store.sqlite, ignored)) {
        return true;
    }
    const auto database = open_at(store);
    if (!database) {
        return std::unexpected(database.error());
    }
    bool used = false;
    const auto looked =
        (*database)->snapshot([&](Session& session, std::vector<Table> tables) -> Result<void> {
            for (const Table& table : tables) {
                const auto rows = session.query("SELECT COUNT(*) FROM " + table.name, {});
                if (!rows) {
                    return std::unexpected(rows.error());
                }
                const bool is_own =
                    is_left_out(table) ||
                    std::ranges::find(kMadeByItself, table.name) != kMadeByItself.end();
                used = used || (!is_own && rows->front().integer(0) > 0);
            }
            return {};
        });
    return looked ? Result<bool>(!used) : std::unexpected(looked.error());
}

}  // namespace gatehouse::storage
