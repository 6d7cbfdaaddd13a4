// SPDX-License-Identifier: Apache-2.0
#include "base/strings.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <numeric>

namespace gatehouse {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

struct CodePoint {
    char32_t value = 0;
    std::size_t length = 0;  // 0: the bytes are not UTF-8
};

std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 3;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// Well-formed sequences only (Unicode table 3-7): no overlong forms, no surrogates.
CodePoint decode_first(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(lead);
    if (length == 0 || length > text.size()) {
        return {};
    }
    if (length == 1) {
        return {.value = lead, .length = 1};
    }
    char32_t value = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0U) != 0x80U) {
            return {};
        }
        value = (value << 6U) | (byte & 0x3FU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10FFFF) {
        return {};
    }
    return {.value = value, .length = length};
}

bool is_deceptive(char32_t c) {
    const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
    const bool line_break = c == 0x2028 || c == 0x2029;
    const bool direction = c == 0x061C || c == 0x200E || c == 0x200F ||
                           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return control || line_break || direction || c == 0xFEFF;
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    for (const auto part : split(text, ' ')) {
        if (!part.empty()) {
            words.emplace_back(part);
        }
    }
    return words;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string result;
    for (const auto& part : parts) {
        if (&part != &parts.front()) {
            result += separator;
        }
        result += part;
    }
    return result;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::find(list, item) != list.end();
}

bool constant_time_equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    using Block = std::array<std::uint64_t, 4>;
    std::uint64_t difference = 0;
    std::size_t at = 0;
    for (; at + sizeof(Block) <= a.size(); at += sizeof(Block)) {
        Block left;
        Block right;
        std::memcpy(left.data(), a.data() + at, sizeof left);
        std::memcpy(right.data(), b.data() + at, sizeof right);
        difference |= (left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2]) |
                      (left[3] ^ right[3]);
        // The compiler must not see what `difference` is, or it may leave the loop early.
        asm volatile("" : "+r"(difference));
    }
    for (; at < a.size(); ++at) {
        difference |= static_cast<unsigned char>(a[at] ^ b[at]);
        asm volatile("" : "+r"(difference));
    }
    return difference == 0;
}

std::optional<std::uint64_t> parse_uint(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) {
        return std::nullopt;
    }
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (kMax - digit) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    return value;
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto code_point = decode_first(text);
        if (code_point.length == 0) {
            return false;
        }
        text.remove_prefix(code_point.length);
    }
    return true;
}

std::string sanitize_text(std::string_view text, std::size_t max_bytes) {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    std::string result;
    while (!text.empty()) {
        const auto code_point = decode_first(text);
        const auto taken = std::max<std::size_t>(code_point.length, 1);
        const auto kept = code_point.length == 0 ? kReplacement : text.substr(0, taken);
        text.remove_prefix(taken);
        if (code_point.length != 0 && is_deceptive(code_point.value)) {
            continue;
        }
        if (result.size() + kept.size() > max_bytes) {
            break;
        }
        result += kept;
    }
    return result;
}

std::string to_safe_ascii(std::string_view text, std::size_t max_bytes) {
    std::string result;
    for (const char c : text) {
        if (result.size() == max_bytes) {
            break;
        }
        if (c >= 0x20 && c <= 0x7E && c != '"' && c != '\\') {
            result += c;
        }
    }
    return result;
}

std::string html_escape(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace gatehouse
