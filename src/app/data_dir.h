// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace gatehouse::app {

/// The folder of a gateway's state, held by one process at a time.
class DataDir {
  public:
    /// Makes it (0700) and locks it. kUnavailable, with the path, when it cannot be written;
    /// kConflict when another gateway has it.
    [[nodiscard]] static Result<DataDir> open(const std::filesystem::path& path);

    DataDir(DataDir&& other) noexcept;
    DataDir& operator=(DataDir&&) = delete;
    DataDir(const DataDir&) = delete;
    DataDir& operator=(const DataDir&) = delete;
    ~DataDir();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// 32 raw bytes from `master.key`, made (0600) at the first start.
    [[nodiscard]] Result<Secret> master_key() const;
    /// The text of `admin.token`, made (0600) at the first start.
    [[nodiscard]] Result<Secret> admin_token() const;
    /// Replaces `admin.token`.
    [[nodiscard]] Result<Secret> rotate_admin_token() const;
    /// The text of `replica.id`, made at the first start: tells this folder's gateway from others
    /// on the same store, and names its chain of records.
    [[nodiscard]] Result<std::string> replica_id() const;
    /// Where the command line finds the admin listener of a gateway that chose its port.
    [[nodiscard]] Result<void> write_admin_address(const std::string& address) const;

  private:
    DataDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace gatehouse::app
