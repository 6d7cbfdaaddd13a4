// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "storage/database.h"

/// The file of a backup: a line of JSON each for the head, for every table and its rows, and for
/// the end, which holds the number of rows and a digest of everything before it.
namespace gatehouse::storage {

struct BackupHead {
    std::int64_t schema = 0, made_at = 0;
};

/// Writes beside the file and renames at the end.
class BackupWriter {
  public:
    [[nodiscard]] static Result<BackupWriter> create(const std::filesystem::path& file,
                                                     const BackupHead& head);
    BackupWriter(BackupWriter&& other) noexcept;
    BackupWriter& operator=(BackupWriter&&) = delete;
    BackupWriter(const BackupWriter&) = delete;
    BackupWriter& operator=(const BackupWriter&) = delete;
    /// Removes what was not finished.
    ~BackupWriter();

    [[nodiscard]] Result<void> begin_table(const Table& table);
    [[nodiscard]] Result<void> add_row(const std::vector<Field>& fields);
    [[nodiscard]] Result<void> finish();

    [[nodiscard]] std::int64_t rows() const { return rows_; }

  private:
    BackupWriter(int descriptor, std::filesystem::path file, std::filesystem::path beside)
        : descriptor_(descriptor), file_(std::move(file)), beside_(std::move(beside)) {}

    [[nodiscard]] Result<void> put(const json::Value& line);
    [[nodiscard]] Result<void> flush();

    int descriptor_ = -1;
    std::filesystem::path file_, beside_;
    std::string buffer_, digest_;
    std::int64_t rows_ = 0;
};

struct BackupVisitor {
    std::function<Result<void>(std::string_view table, const std::vector<std::string>& columns)>
        on_table;
    std::function<Result<void>(std::vector<Field> fields)> on_row;
};

struct BackupContent {
    BackupHead head;
    std::int64_t rows = 0;
};

/// Reads from begin to end. kCorrupt, in the end at the latest, for a file that is not whole, and
/// kInvalid for one that is no backup.
[[nodiscard]] Result<BackupContent> read_backup(const std::filesystem::path& file,
                                                const BackupVisitor& visitor);

}  // namespace gatehouse::storage
