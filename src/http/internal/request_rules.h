// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "http/exchange.h"

/// What a request must keep to in every version of HTTP.
namespace gatehouse::http::internal {

[[nodiscard]] constexpr std::uint64_t bit(HeaderId id) {
    return std::uint64_t{1} << static_cast<unsigned>(id);
}

/// Fields that two readers must never find twice (requirements H06).
inline constexpr std::uint64_t kSingleFields =
    bit(HeaderId::kAuthorization) | bit(HeaderId::kContentType) |
    bit(HeaderId::kMcpProtocolVersion) | bit(HeaderId::kMcpSessionId) | bit(HeaderId::kMcpMethod) |
    bit(HeaderId::kMcpName) | bit(HeaderId::kLastEventId) | bit(HeaderId::kOrigin);

/// At most 18 digits: no overflow, and far above any limit.
[[nodiscard]] std::optional<std::int64_t> parse_length(std::string_view text);

struct PathAndQuery {
    std::string_view path, query;
};

/// Splits a target that begins with a slash; nothing when it holds what no path or query may hold.
[[nodiscard]] std::optional<PathAndQuery> split_origin_form(std::string_view target);

enum class Expectation : std::uint8_t { kNone, kContinue, kUnknown };

[[nodiscard]] Expectation expectation_of(std::span<const HeaderView> fields);

}  // namespace gatehouse::http::internal
