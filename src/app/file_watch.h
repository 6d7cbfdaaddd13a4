// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>

namespace gatehouse::app {

/// Tells when a file's content was replaced or edited: by identity, size and times, which also sees
/// the atomic renames of editors and mounted configuration maps. Asked by polling.
class FileWatch {
  public:
    explicit FileWatch(std::filesystem::path path);

    /// True once after each change that has settled: the same state twice in a row.
    [[nodiscard]] bool changed();

  private:
    struct State {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;
        timespec modified{};

        [[nodiscard]] bool operator==(const State& other) const;
    };

    [[nodiscard]] std::optional<State> look() const;

    std::filesystem::path path_;
    std::optional<State> known_, candidate_;
};

}  // namespace gatehouse::app
