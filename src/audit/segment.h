// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gatehouse::audit {

/// An append-only, memory-mapped journal file of fixed size. What `append` returned from survives
/// the death of the process at any instruction: it is in the kernel's page cache. Space is
/// allocated when the segment is made, so that a full disk is an error there and never a fault
/// in the middle of a record.
///
/// Layout: an 8-byte magic, then records of length (4), checksum (8), payload, padded to 8. The
/// length is stored last, so that a half-written record is no record.
class SegmentWriter {
  public:
    static constexpr std::size_t kDefaultSize = 8U << 20U;

    /// kUnavailable when the file cannot be made or the disk is full.
    [[nodiscard]] static Result<SegmentWriter> create(const std::filesystem::path& path,
                                                      std::size_t size = kDefaultSize);

    SegmentWriter(SegmentWriter&& other) noexcept;
    SegmentWriter& operator=(SegmentWriter&& other) noexcept;
    SegmentWriter(const SegmentWriter&) = delete;
    SegmentWriter& operator=(const SegmentWriter&) = delete;
    ~SegmentWriter();

    /// False when it does not fit any more: the caller starts the next segment.
    [[nodiscard]] bool append(std::string_view payload);

    /// The largest payload that an empty segment of `size` takes.
    [[nodiscard]] static std::size_t max_payload(std::size_t size);

  private:
    SegmentWriter(char* data, std::size_t size) : data_(data), size_(size) {}

    void unmap();

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t offset_ = 8;
};

/// Reads a segment from an offset, also while its writer appends.
class SegmentReader {
  public:
    [[nodiscard]] static Result<SegmentReader> open(const std::filesystem::path& path);

    SegmentReader(SegmentReader&& other) noexcept;
    SegmentReader& operator=(SegmentReader&& other) noexcept;
    SegmentReader(const SegmentReader&) = delete;
    SegmentReader& operator=(const SegmentReader&) = delete;
    ~SegmentReader();

    enum class Found { kRecord, kEnd, kDamaged };

    struct Step {
        Found found = Found::kEnd;
        std::string_view payload;  ///< valid while the reader lives
        std::size_t next = 0;      ///< where to go on; unchanged at kEnd
    };

    /// The first offset is 8. kDamaged skips nothing: the rest of the segment cannot be trusted.
    [[nodiscard]] Step read(std::size_t offset) const;

  private:
    SegmentReader(const char* data, std::size_t size) : data_(data), size_(size) {}

    void unmap();

    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace gatehouse::audit
