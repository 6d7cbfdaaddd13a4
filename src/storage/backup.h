// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

/// Copies of a store in a file that either kind of store takes (docs/backup.md).
namespace gatehouse::storage {

class Database;

/// Where a store is: a SQLite file, or, when that is empty, the address of a PostgreSQL database.
struct StoreAddress {
    std::filesystem::path sqlite;
    Secret postgresql;
};

struct BackupSummary {
    std::int64_t schema = 0, rows = 0;
    Timestamp made_at;
};

/// Writes all of the store as it is at one moment, while others use it. The file (0600) is there
/// complete or not at all. kNotFound when there is no store.
[[nodiscard]] Result<BackupSummary> write_backup(const StoreAddress& store,
                                                 const std::filesystem::path& file,
                                                 const Clock& clock);

/// Replaces all of the store by the content of `file`, in one transaction; a missing store is made.
/// Nothing is touched unless the file is complete (kCorrupt), of a schema that is known (kInvalid),
/// and one of `master_keys`, when any are given, opens what it holds (kForbidden).
[[nodiscard]] Result<BackupSummary> restore_backup(const StoreAddress& store,
                                                   const std::filesystem::path& file,
                                                   const std::vector<Secret>& master_keys);

/// What `restore_backup` looks at before it touches anything.
[[nodiscard]] Result<void> check_backup(const std::filesystem::path& file,
                                        const std::vector<Secret>& master_keys);

/// The same on an open store.
[[nodiscard]] Result<BackupSummary> write_backup(Database& database,
                                                 const std::filesystem::path& file,
                                                 Timestamp now);
[[nodiscard]] Result<BackupSummary> restore_backup(Database& database,
                                                   const std::filesystem::path& file,
                                                   const std::vector<Secret>& master_keys);
/// True when nobody has used the store yet.
[[nodiscard]] Result<bool> is_unused(const StoreAddress& store);

}  // namespace gatehouse::storage
