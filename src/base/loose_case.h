// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

/// The text as decoders see it that take member names in any case: ASCII letters small, and the
/// two other characters that Unicode folds to ASCII letters (U+017F to s, U+212A to k).
[[nodiscard]] inline std::string loose_case(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto rest = text.substr(i);
        if (rest.starts_with("\xC5\xBF")) {
            out += 's';
            i += 1;
        } else if (rest.starts_with("\xE2\x84\xAA")) {
            out += 'k';
            i += 2;
        } else {
            out += text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] | 0x20) : text[i];
        }
    }
    return out;
}

/// The text has nothing that `loose_case` would change.
[[nodiscard]] inline bool is_loose_case(std::string_view text) {
    for (const char c : text) {
        if ((c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80) {
            return false;
        }
    }
    return true;
}

}  // namespace gatehouse
