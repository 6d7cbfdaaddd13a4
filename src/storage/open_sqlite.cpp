// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/assert.h"
#include "storage/internal/sqlite_schema.h"
#include "storage/sqlite_database.h"

namespace gatehouse::storage {

namespace {

constexpr int kReaders = 4;

Result<void> prepare_file(const std::string& path) {
    auto parent = std::filesystem::path(path).parent_path();
    if (parent.empty()) {
        parent = ".";
    }
    std::error_code ec;
    if (!std::filesystem::is_directory(parent, ec)) {
        return fail(ErrorCode::kUnavailable,
                    "the database directory " + parent.string() + " does not exist");
    }
    // SQLite gives -wal and -shm the mode of the file. mknod, because closing a descriptor of the
    // file would drop the locks that another connection of this process holds on it.
    if (mknod(path.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) != 0 && errno != EEXIST) {
        return fail(ErrorCode::kUnavailable, "the database " + path + " cannot be created",
                    std::generic_category().message(errno));
    }
    return {};
}

std::unexpected<Error> with_path(Error error, const std::string& path) {
    if (error.code == ErrorCode::kCorrupt) {
        return fail(ErrorCode::kInvalid, path + " is not a database", std::move(error.detail));
    }
    return fail(error.code, "the database " + path + " cannot be opened: " + error.message,
                std::move(error.detail));
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path) {
    if (auto prepared = prepare_file(path); !prepared) {
        return std::unexpected(prepared.error());
    }
    auto writer = SqliteConnection::open(path, SqliteConnection::Mode::kReadWrite);
    if (!writer) {
        return with_path(std::move(writer.error()), path);
    }
    if (auto migrated = migrate_sqlite(**writer); !migrated) {
        return with_path(std::move(migrated.error()), path);
    }
    std::vector<SqliteDatabase::Connection> readers;
    for (int i = 0; i < kReaders; ++i) {
        auto reader = SqliteConnection::open(path, SqliteConnection::Mode::kReadOnly);
        if (!reader) {
            return with_path(std::move(reader.error()), path);
        }
        readers.push_back(std::move(*reader));
    }
    return std::make_unique<SqliteDatabase>(std::move(*writer), std::move(readers));
}

}  // namespace gatehouse::storage
