// SPDX-License-Identifier: Apache-2.0
#include "http/internal/request_rules.h"

#include "base/strings.h"
#include "http/internal/char_tables.h"

namespace gatehouse::http::internal {

namespace {

bool has_good_escapes(std::string_view path) {
    const auto is_hex = [](char c) {
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    };
    for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
        if (path.size() - at < 3 || !is_hex(path[at + 1]) || !is_hex(path[at + 2])) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<std::int64_t> parse_length(std::string_view text) {
    if (text.empty() || text.size() > 18) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<PathAndQuery> split_origin_form(std::string_view target) {
    if (!target.starts_with('/')) {
        return std::nullopt;
    }
    const auto mark = target.find('?');
    const PathAndQuery parts{
        .path = target.substr(0, mark),
        .query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1)};
    const bool fine =
        all_in(kPath, parts.path) && has_good_escapes(parts.path) && all_in(kQuery, parts.query);
    return fine ? std::optional(parts) : std::nullopt;
}

Expectation expectation_of(std::span<const HeaderView> fields) {
    auto expectation = Expectation::kNone;
    for (const auto& field : fields) {
        if (field.id == HeaderId::kExpect) {
            if (expectation != Expectation::kNone || !iequals(field.value, "100-continue")) {
                return Expectation::kUnknown;
            }
            expectation = Expectation::kContinue;
        }
    }
    return expectation;
}

}  // namespace gatehouse::http::internal
