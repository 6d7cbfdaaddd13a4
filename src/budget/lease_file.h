// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "budget/budget_store.h"

namespace gatehouse::budget {

/// What is spent of each lease, in a mapped file: it survives the end of the process, however that
/// comes, though not that of the machine. Thread-safe.
class LeaseFile {
  public:
    /// Where one lease's spending is counted. Other leases' are on other cache lines.
    struct alignas(64) Slot {
        std::atomic<std::int64_t> lease;  ///< 0: free
        std::atomic<std::int64_t> spent;
    };

    /// Set in `spent` of a lease that was closed.
    static constexpr std::int64_t kClosed = std::int64_t{1} << 62U;

    /// A file that an ended process left behind: who it was and what it had spent.
    struct Left {
        std::string owner;
        std::vector<LeaseReturn> spent;
    };

    /// Takes a file in `directory` that no other process uses, or makes one. What earlier processes
    /// left in it or beside it is in `left()` until `forget_left()`.
    [[nodiscard]] static Result<std::unique_ptr<LeaseFile>> open(
        const std::filesystem::path& directory);
    LeaseFile(const LeaseFile&) = delete;
    LeaseFile& operator=(const LeaseFile&) = delete;
    LeaseFile(LeaseFile&&) = delete;
    LeaseFile& operator=(LeaseFile&&) = delete;
    ~LeaseFile();

    [[nodiscard]] const std::string& owner() const { return owner_; }

    [[nodiscard]] const std::vector<Left>& left() const { return left_; }

    /// Frees the slots of what was left. Before the first `take`.
    void forget_left();

    /// A slot with nothing spent, or null when all are in use.
    [[nodiscard]] Slot* take(std::int64_t lease);
    void release(Slot& slot);

  private:
    LeaseFile() = default;

    static constexpr std::size_t kSlots = 16 * 1024 - 1;

    struct Layout;

    [[nodiscard]] Result<bool> map(const std::filesystem::path& path);
    [[nodiscard]] Left read() const;

    int fd_ = -1;
    Layout* layout_ = nullptr;
    std::string owner_;
    std::vector<Left> left_;
    std::vector<std::unique_ptr<LeaseFile>> others_;  ///< of ended processes, until forgotten
    std::filesystem::path path_;
    std::mutex mutex_;  // guards free_
    std::vector<Slot*> free_;
};

}  // namespace gatehouse::budget
