// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse {

/// RFC 4648 §5 without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
/// Strict: no padding, no white space, no stray bits.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);
/// RFC 4648 §4 with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Strict: padding required.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
[[nodiscard]] std::string hex_encode(std::string_view bytes);

/// Eight bytes, the lowest first.
inline void append_little_endian(std::string& out, std::uint64_t value) {
    std::array<char, sizeof value> bytes{};
    for (char& byte : bytes) {
        byte = static_cast<char>(value & 0xffU);
        value >>= 8U;
    }
    out.append(bytes.data(), bytes.size());
}

/// RFC 3986: everything but unreserved characters is escaped.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// Nothing on a malformed escape. `+` is left alone.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// The pairs of an application/x-www-form-urlencoded text (also a URL's query), in order, decoded.
using FormFields = std::vector<std::pair<std::string, std::string>>;
/// Nothing on a malformed escape, invalid UTF-8 or more than `max_fields` pairs.
[[nodiscard]] std::optional<FormFields> parse_form(std::string_view text,
                                                   std::size_t max_fields = 100);
[[nodiscard]] std::string encode_form(const FormFields& fields);
/// Appends fields to a URL's query, before any fragment, keeping what is there byte for byte.
[[nodiscard]] std::string append_query(std::string_view url, const FormFields& fields);

}  // namespace gatehouse
