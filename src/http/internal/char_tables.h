// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <emmintrin.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gatehouse::http::internal {

using CharTable = std::array<bool, 256>;

consteval CharTable table_of(std::string_view extra) {
    CharTable table{};
    for (const char c :
         std::string_view("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<std::uint8_t>(c)] = true;
    }
    for (const char c : extra) {
        table[static_cast<std::uint8_t>(c)] = true;
    }
    return table;
}

inline constexpr CharTable kToken = table_of("!#$%&'*+-.^_`|~");
/// RFC 3986 pchar and '/'.
inline constexpr CharTable kPath = table_of("-._~!$&'()*+,;=:@/%");
/// Queries may also hold what browsers leave as it is.
inline constexpr CharTable kQuery = table_of("-._~!$&'()*+,;=:@/%?[]{}|^`\\");
/// A host with an optional port; brackets only for IPv6.
inline constexpr CharTable kHost = table_of("-._~:[]%!$&'()*+;=");

[[nodiscard]] inline bool all_in(const CharTable& table, std::string_view text) {
    for (const char c : text) {
        if (!table[static_cast<std::uint8_t>(c)]) {
            return false;
        }
    }
    return true;
}

/// The first control character other than tab, or `end`. 16 bytes a step: header values are most of
/// a head's bytes.
[[nodiscard]] inline const char* find_control(const char* p, const char* end) {
    const __m128i top = _mm_set1_epi8(0x1f);
    const __m128i del = _mm_set1_epi8(0x7f);
    const __m128i tab = _mm_set1_epi8('\t');
    while (end - p >= 16) {
        __m128i block;
        std::memcpy(&block, p, sizeof block);
        const __m128i low = _mm_cmpeq_epi8(_mm_max_epu8(block, top), top);
        const __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), low),
                                         _mm_cmpeq_epi8(block, del));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(bad));
        if (mask != 0) {
            return p + std::countr_zero(mask);
        }
        p += 16;
    }
    for (; p < end; ++p) {
        const auto c = static_cast<std::uint8_t>(*p);
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return p;
        }
    }
    return end;
}

/// The first colon, or `end`.
[[nodiscard]] inline const char* find_colon(const char* p, const char* end) {
    const __m128i colon = _mm_set1_epi8(':');
    while (end - p >= 16) {
        __m128i block;
        std::memcpy(&block, p, sizeof block);
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, colon)));
        if (mask != 0) {
            return p + std::countr_zero(mask);
        }
        p += 16;
    }
    while (p < end && *p != ':') {
        ++p;
    }
    return p;
}

}  // namespace gatehouse::http::internal
