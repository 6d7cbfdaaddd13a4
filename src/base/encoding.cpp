// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <array>
#include <cstdint>

#include "base/strings.h"

namespace gatehouse {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t kNoDigit = 0xFF;
using DigitTable = std::array<std::uint8_t, 256>;

constexpr DigitTable make_table(std::string_view alphabet) {
    DigitTable table{};
    table.fill(kNoDigit);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}

constexpr DigitTable kStandardDigits = make_table(kStandard);
constexpr DigitTable kUrlSafeDigits = make_table(kUrlSafe);

std::string encode(std::string_view bytes, std::string_view alphabet) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        buffer = (buffer << 8U) | static_cast<unsigned char>(c);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text += alphabet[(buffer >> bits) & 0x3FU];
        }
    }
    if (bits > 0) {
        text += alphabet[(buffer << (6 - bits)) & 0x3FU];
    }
    return text;
}

/// Four digits, or fewer at the end: missing ones count as zero bits.
struct Group {
    std::uint32_t bits = 0;
    std::uint8_t seen = 0;  ///< every digit or-ed: two high bits tell that one of them is none
};

Group read_group(const char* in, std::size_t count, const DigitTable& digits) {
    Group group;
    for (std::size_t i = 0; i < 4; ++i) {
        const std::uint8_t digit = i < count ? digits[static_cast<unsigned char>(in[i])] : 0;
        group.seen |= digit;
        group.bits = (group.bits << 6U) | digit;
    }
    return group;
}

// Without padding. Bits beyond the last byte must be zero, so that every value has one spelling.
std::optional<std::string> decode(std::string_view text, const DigitTable& digits) {
    const std::size_t whole = text.size() / 4;
    const std::size_t rest = text.size() % 4;
    if (rest == 1) {
        return std::nullopt;
    }
    std::string bytes(whole * 3 + (rest == 0 ? 0 : rest - 1), '\0');
    const char* in = text.data();
    char* out = bytes.data();
    std::uint8_t seen = 0;
    for (std::size_t i = 0; i < whole; ++i, in += 4, out += 3) {
        const Group group = read_group(in, 4, digits);
        seen |= group.seen;
        out[0] = static_cast<char>(group.bits >> 16U);
        out[1] = static_cast<char>(group.bits >> 8U);
        out[2] = static_cast<char>(group.bits);
    }
    if (rest != 0) {
        const Group group = read_group(in, rest, digits);
        seen |= group.seen;
        out[0] = static_cast<char>(group.bits >> 16U);
        if (rest == 3) {
            out[1] = static_cast<char>(group.bits >> 8U);
        }
        if ((group.bits & (rest == 3 ? 0xFFU : 0xFFFFU)) != 0) {
            return std::nullopt;
        }
    }
    if ((seen & 0xC0U) != 0) {
        return std::nullopt;
    }
    return bytes;
}

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum class Plus : std::uint8_t { kLiteral, kSpace };

std::optional<std::string> unescape(std::string_view text, Plus plus) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::kSpace) {
            result += ' ';
        } else if (text[i] != '%') {
            result += text[i];
        } else {
            if (text.size() - i < 3) {
                return std::nullopt;
            }
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            result += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return result;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, kUrlSafe);
}

std::optional<std::string> base64url_decode(std::string_view text) {
    return decode(text, kUrlSafeDigits);
}

std::string base64_encode(std::string_view bytes) {
    std::string text = encode(bytes, kStandard);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    for (int i = 0; i < 2 && text.ends_with('='); ++i) {
        text.remove_suffix(1);
    }
    return decode(text, kStandardDigits);
}

std::string hex_encode(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        text += kDigits[static_cast<unsigned char>(c) >> 4U];
        text += kDigits[static_cast<unsigned char>(c) & 0xFU];
    }
    return text;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            result += c;
        } else {
            result += '%';
            result += kDigits[static_cast<unsigned char>(c) >> 4U];
            result += kDigits[static_cast<unsigned char>(c) & 0xFU];
        }
    }
    return result;
}

std::optional<std::string> percent_decode(std::string_view text) {
    return unescape(text, Plus::kLiteral);
}

std::optional<FormFields> parse_form(std::string_view text, std::size_t max_fields) {
    FormFields fields;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        if (part.empty()) {
            continue;
        }
        if (fields.size() == max_fields) {
            return std::nullopt;
        }
        const auto equals = std::min(part.find('='), part.size());
        auto name = unescape(part.substr(0, equals), Plus::kSpace);
        auto value = unescape(part.substr(std::min(equals + 1, part.size())), Plus::kSpace);
        if (!name || !value || !is_valid_utf8(*name) || !is_valid_utf8(*value)) {
            return std::nullopt;
        }
        fields.emplace_back(std::move(*name), std::move(*value));
    }
    return fields;
}

std::string encode_form(const FormFields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        if (!text.empty()) {
            text += '&';
        }
        text += percent_encode(name);
        text += '=';
        text += percent_encode(value);
    }
    return text;
}

std::string append_query(std::string_view url, const FormFields& fields) {
    const auto hash = std::min(url.find('#'), url.size());
    const auto before = url.substr(0, hash);
    std::string result(before);
    if (!fields.empty()) {
        if (before.find('?') == std::string_view::npos) {
            result += '?';
        } else if (!before.ends_with('?') && !before.ends_with('&')) {
            result += '&';
        }
        result += encode_form(fields);
    }
    result += url.substr(hash);
    return result;
}

}  // namespace gatehouse
