// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/exchange.h"

/// Strict HTTP/1.1 heads (RFC 9112). What two implementations could read in two ways is refused:
/// both framings at once, repeated framing fields, codings other than chunked, folded lines, bare
/// line feeds, control characters.
namespace gatehouse::http {

enum class ParseStatus : std::uint8_t {
    kDone,
    kIncomplete,  ///< fine as far as it goes
    kBad,
    kTooManyFields,
    kBadVersion  ///< HTTP, but neither 1.0 nor 1.1
};

inline constexpr std::size_t kMaxFields = 100;

/// A parsed head; every view points into the parsed bytes. Reusable, because of its size.
struct ParsedHead {
    std::array<HeaderView, kMaxFields> fields;
    std::size_t field_count = 0;
    std::size_t size = 0;  ///< bytes of the head with its blank line
    int minor_version = 1;
    std::int64_t content_length = -1;
    bool chunked = false;
    bool keep_alive = true;
    bool duplicate_single_header = false;

    // A request's line.
    std::string_view method, target, path, query, host;
    // A response's.
    int status = 0;
};

/// Parses the head at the start of `bytes`, all of it or nothing. The target is in origin form, or
/// `*` with OPTIONS, or absolute with the authority that Host names.
[[nodiscard]] ParseStatus parse_request_head(std::string_view bytes, ParsedHead& head);
[[nodiscard]] ParseStatus parse_response_head(std::string_view bytes, ParsedHead& head);

/// A host with an optional port, as Host may hold it: no user, no path, no list.
[[nodiscard]] bool is_host(std::string_view text);

}  // namespace gatehouse::http
