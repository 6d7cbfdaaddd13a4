// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gatehouse::http {

/// Takes the chunked coding off a body (RFC 9112 §7.1), in place. Trailers are dropped. Extensions
/// are skipped; sizes, line ends and the length of extensions and trailers are strict.
class ChunkedDecoder {
  public:
    struct Outcome {
        std::size_t consumed = 0;  ///< coded bytes read
        std::size_t produced = 0;  ///< body bytes, now at the start of the span
    };

    /// Reads all of `bytes`, or up to the end of the body, or up to an error.
    [[nodiscard]] Outcome decode(std::span<char> bytes);

    [[nodiscard]] bool done() const { return state_ == State::kDone; }

    [[nodiscard]] bool failed() const { return state_ == State::kFailed; }

  private:
    enum class State : std::uint8_t {
        kSizeStart,
        kSize,
        kExtension,
        kSizeEnd,
        kData,
        kDataCr,
        kDataEnd,
        kTrailerStart,
        kTrailer,
        kTrailerEnd,
        kLastEnd,
        kDone,
        kFailed
    };

    [[nodiscard]] State next(char c);
    [[nodiscard]] State next_of_size(char c);
    [[nodiscard]] State next_of_text(char c);

    std::uint64_t left_ = 0;   // of the chunk
    std::uint32_t extra_ = 0;  // bytes of extensions and trailers so far
    State state_ = State::kSizeStart;
};

}  // namespace gatehouse::http
