// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

/// ASCII only: header names, schemes and hosts.
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);
[[nodiscard]] std::string to_lower(std::string_view text);
/// Strips spaces and tabs (HTTP's OWS) at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
/// Every part, also empty ones.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
/// The non-empty words between spaces: OAuth scopes.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] bool contains(const std::vector<std::string>& list, std::string_view item);

/// True if equal; the time depends on the lengths only.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);

/// Whole-string decimal without sign or leading zeros other than "0"; nothing on overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);
/// Keeps printable text: control and bidirectional-override characters are dropped, invalid UTF-8
/// becomes U+FFFD, and at most `max_bytes` bytes are kept, on a character boundary.
[[nodiscard]] std::string sanitize_text(std::string_view text, std::size_t max_bytes);
/// Printable ASCII without `"` and `\`, for OAuth error descriptions and quoted-strings.
[[nodiscard]] std::string to_safe_ascii(std::string_view text, std::size_t max_bytes);
/// Escapes & < > " ' for HTML text and attribute values.
[[nodiscard]] std::string html_escape(std::string_view text);
/// Levenshtein distance, to name the nearest known word.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace gatehouse
