// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "export/sink.h"

namespace gatehouse::exports {

/// Records as JSON lines (docs/reference/records.md), one object each. A file that has grown to its
/// size is renamed to PATH.1, PATH.1 to PATH.2, and so on.
class FileSink final : public Sink {
  public:
    struct Options {
        std::string path;  ///< "-": standard output, never renamed
        std::uint64_t max_size = std::uint64_t{64} << 20U;
        std::uint64_t keep = 10;
    };

    explicit FileSink(Options options) : options_(std::move(options)) {}

    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;
    FileSink(FileSink&&) = delete;
    FileSink& operator=(FileSink&&) = delete;
    ~FileSink() override;

    [[nodiscard]] std::string_view name() const override { return "file"; }

    [[nodiscard]] Result<std::size_t> take(
        const std::vector<audit::ChainedRecord>& records) override;

  private:
    [[nodiscard]] Result<void> open();
    void rotate();
    [[nodiscard]] Result<void> write(std::string_view text);

    Options options_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace gatehouse::exports
