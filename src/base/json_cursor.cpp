// SPDX-License-Identifier: Apache-2.0
#include "base/json_cursor.h"

#ifdef __SSE2__
#include <emmintrin.h>

#include <bit>
#endif

namespace gatehouse {
namespace {

constexpr std::uint32_t kFirstHigh = 0xd800;
constexpr std::uint32_t kFirstLow = 0xdc00;
constexpr std::uint32_t kAfterSurrogates = 0xe000;
constexpr std::size_t kHexDigits = 4;
constexpr std::size_t kBits = 64;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Ends a plain stretch of a string.
bool is_special(char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

/// The first of `"`, `\` and control characters, or the end.
const char* find_special(const char* at, const char* end) {
#ifdef __SSE2__
    constexpr std::ptrdiff_t kStride = 16;
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1f);
    for (; end - at >= kStride; at += kStride) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
        const __m128i found = _mm_or_si128(
            control, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found));
        if (mask != 0) {
            return at + std::countr_zero(mask);
        }
    }
#endif
    while (at != end && !is_special(*at)) {
        ++at;
    }
    return at;
}

std::uint32_t hex_value(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char c : digits) {
        const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
        value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0U | code >> 6U);
        put(0x80U | (code & 0x3fU));
    } else if (code < 0x10000) {
        put(0xe0U | code >> 12U);
        put(0x80U | (code >> 6U & 0x3fU));
        put(0x80U | (code & 0x3fU));
    } else {
        put(0xf0U | code >> 18U);
        put(0x80U | (code >> 12U & 0x3fU));
        put(0x80U | (code >> 6U & 0x3fU));
        put(0x80U | (code & 0x3fU));
    }
}

char plain_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

/// One `\uXXXX`, or two that are a pair; `at` is the place of its `u`, then of its last digit.
bool append_unicode(std::string_view text, std::size_t& at, std::string& out) {
    std::uint32_t code = hex_value(text.substr(at + 1, kHexDigits));
    at += kHexDigits;
    if (code >= kFirstLow && code < kAfterSurrogates) {
        return false;
    }
    if (code >= kFirstHigh && code < kFirstLow) {
        if (text.substr(at + 1, 2) != "\\u") {
            return false;
        }
        const std::uint32_t low = hex_value(text.substr(at + 3, kHexDigits));
        if (low < kFirstLow || low >= kAfterSurrogates) {
            return false;
        }
        code = 0x10000 + ((code - kFirstHigh) << 10U) + (low - kFirstLow);
        at += 2 + kHexDigits;
    }
    append_utf8(out, code);
    return true;
}

}  // namespace

void JsonCursor::pass_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
        ++at_;
    }
}

JsonCursor::Type JsonCursor::type() {
    pass_blanks();
    if (failed_ || at_ == end_) {
        return Type::kNone;
    }
    switch (*at_) {
        case '{':
            return Type::kObject;
        case '[':
            return Type::kArray;
        case '"':
            return Type::kString;
        case 't':
            return Type::kTrue;
        case 'f':
            return Type::kFalse;
        case 'n':
            return Type::kNull;
        default:
            return *at_ == '-' || is_digit(*at_) ? Type::kNumber : Type::kNone;
    }
}

bool JsonCursor::at_end() {
    pass_blanks();
    return !failed_ && at_ == end_;
}

bool JsonCursor::open(char opening, char closing) {
    pass_blanks();
    closed_ = false;
    if (failed_ || at_ == end_ || *at_ != opening || ++depth_ > kMaxDepth) {
        return fail();
    }
    ++at_;
    pass_blanks();
    if (at_ != end_ && *at_ == closing) {
        ++at_;
        --depth_;
        closed_ = true;
        return false;
    }
    return true;
}

bool JsonCursor::follows(char closing) {
    pass_blanks();
    closed_ = false;
    if (at_ == end_ || (*at_ != ',' && *at_ != closing)) {
        return fail();
    }
    const bool more = *at_++ == ',';
    if (!more) {
        --depth_;
        closed_ = true;
    }
    return more;
}

bool JsonCursor::read_key(RawString& key) {
    if (!read(key)) {
        return false;
    }
    pass_blanks();
    if (at_ == end_ || *at_ != ':') {
        return fail();
    }
    ++at_;
    return true;
}

bool JsonCursor::read(RawString& string) {
    pass_blanks();
    if (failed_ || at_ == end_ || *at_ != '"') {
        return fail();
    }
    const char* const start = at_ + 1;
    string.escaped = false;
    if (!pass_string(string.escaped)) {
        return false;
    }
    string.text = {start, static_cast<std::size_t>(at_ - 1 - start)};
    return true;
}

bool JsonCursor::pass_string(bool& escaped) {
    ++at_;
    while (true) {
        at_ = find_special(at_, end_);
        if (at_ == end_) {
            return fail();
        }
        if (*at_ == '"') {
            ++at_;
            return true;
        }
        if (*at_ != '\\' || !pass_escape()) {
            return fail();
        }
        escaped = true;
    }
}

bool JsonCursor::pass_escape() {
    ++at_;
    if (at_ == end_) {
        return false;
    }
    const char kind = *at_++;
    if (kind != 'u') {
        return std::string_view("\"\\/bfnrt").contains(kind);
    }
    for (std::size_t i = 0; i < kHexDigits; ++i) {
        if (at_ == end_ || !is_hex(*at_++)) {
            return false;
        }
    }
    return true;
}

bool JsonCursor::pass_digits() {
    const char* const start = at_;
    while (at_ != end_ && is_digit(*at_)) {
        ++at_;
    }
    return at_ != start || fail();
}

bool JsonCursor::pass_number() {
    if (*at_ == '-') {
        ++at_;
    }
    if (at_ != end_ && *at_ == '0') {
        ++at_;
    } else if (!pass_digits()) {
        return false;
    }
    if (at_ != end_ && *at_ == '.') {
        ++at_;
        if (!pass_digits()) {
            return false;
        }
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        if (at_ != end_ && (*at_ == '+' || *at_ == '-')) {
            ++at_;
        }
        return pass_digits();
    }
    return true;
}

bool JsonCursor::pass_word(std::string_view word) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
        at_ += word.size();
        return true;
    }
    return fail();
}

bool JsonCursor::pass_scalar() {
    bool escaped = false;
    switch (type()) {
        case Type::kString:
            return pass_string(escaped);
        case Type::kNumber:
            return pass_number();
        case Type::kTrue:
            return pass_word("true");
        case Type::kFalse:
            return pass_word("false");
        case Type::kNull:
            return pass_word("null");
        default:
            return fail();
    }
}

bool JsonCursor::skip() {
    const Type first = type();
    return first == Type::kObject || first == Type::kArray ? skip_nested() : pass_scalar();
}

bool JsonCursor::skip_nested() {
    std::uint64_t objects = 0;  // a bit for each open bracket, the innermost last: a brace
    const std::size_t outside = depth_;
    while (true) {
        const Type ahead = type();
        if (depth_ - outside == kBits) {
            if (!skip()) {
                return false;
            }
        } else if (ahead == Type::kObject || ahead == Type::kArray) {
            const bool object = ahead == Type::kObject;
            if (open(object ? '{' : '[', object ? '}' : ']')) {
                objects = objects << 1U | (object ? 1U : 0U);
                RawString key;
                if (object && !read_key(key)) {
                    return false;
                }
                continue;
            }
            if (!closed_) {
                return false;
            }
        } else if (!pass_scalar()) {
            return false;
        }
        while (depth_ != outside) {
            const bool object = (objects & 1U) != 0;
            if (follows(object ? '}' : ']')) {
                RawString key;
                if (object && !read_key(key)) {
                    return false;
                }
                break;
            }
            if (!closed_) {
                return false;
            }
            objects >>= 1U;
        }
        if (depth_ == outside) {
            return true;
        }
    }
}

bool JsonCursor::skip(std::string_view& raw) {
    pass_blanks();
    const char* const start = at_;
    if (!skip()) {
        return false;
    }
    raw = {start, static_cast<std::size_t>(at_ - start)};
    return true;
}

bool unescape(JsonCursor::RawString string, std::string& out) {
    const std::string_view text = string.text;
    out.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
        } else if (text[++i] != 'u') {
            out += plain_escape(text[i]);
        } else if (!append_unicode(text, i, out)) {
            return false;
        }
    }
    return true;
}

}  // namespace gatehouse
