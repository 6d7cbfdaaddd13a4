// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// What runtime and client of the soak agree on: the answer to a call follows from its number and
/// from who made it, so that an answer that went astray is seen.
namespace gatehouse::bench {

enum class Kind : std::uint8_t {
    kQuick,   ///< JSON at once
    kSlow,    ///< JSON in two pieces
    kEvents,  ///< events in three pieces, the last with the result
    kStream,  ///< a GET: events until somebody leaves
};

/// By kind; the names of the tools.
inline constexpr std::array<std::string_view, 4> kTools{"quick", "slow", "events", ""};

[[nodiscard]] std::string result_of(std::uint64_t call, std::string_view email);
/// Event `index` of 0 and 1 that goes before the result.
[[nodiscard]] std::string progress_of(std::uint64_t call, int index);
/// Event `index` of a stream.
[[nodiscard]] std::string notice_of(std::uint64_t index, std::string_view email);
/// As Server-Sent Events have it.
[[nodiscard]] std::string as_event(std::string_view json);
[[nodiscard]] std::string as_chunk(std::string_view bytes);

/// What is between `before` and `after`, or nothing.
[[nodiscard]] std::string_view between(std::string_view text,
                                       std::string_view before,
                                       std::string_view after);
/// Moves whole chunks from the front of `raw` to the end of `text`. True once the last one, which
/// is empty, was among them.
[[nodiscard]] bool take_chunks(std::string& raw, std::string& text);
/// Without lines that begin with a colon: comments, which keep connections alive.
[[nodiscard]] std::string without_comments(std::string_view events);

}  // namespace gatehouse::bench
