// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace.h"

#include <algorithm>
#include <span>

#include "proxy/keyed_hash.h"

namespace gatehouse::proxy {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

bool is_hex(std::string_view text) {
    return text.find_first_not_of(kDigits) == std::string_view::npos;
}

bool is_zero(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}

using DigitPairs = std::array<std::array<char, 2>, 256>;

constexpr DigitPairs kPairs = [] {
    DigitPairs pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
        pairs[byte] = {kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
    return pairs;
}();

void put_hex(std::span<char, 16> out, std::uint64_t value) {
    for (std::size_t i = 16; i > 0; i -= 2) {
        const auto& pair = kPairs[value & 0xFFU];
        out[i - 2] = pair[0];
        out[i - 1] = pair[1];
        value >>= 8U;
    }
}

}  // namespace

IdSource::IdSource() : state_{random_seed() | 1U, random_seed()} {}

std::uint64_t IdSource::step() {
    // xorshift128+
    std::uint64_t a = state_[0];
    const std::uint64_t b = state_[1];
    state_[0] = b;
    a ^= a << 23U;
    state_[1] = a ^ b ^ (a >> 17U) ^ (b >> 26U);
    return state_[1] + b;
}

Id IdSource::next() {
    Id id;
    const std::span<char, 32> digits(id.text);
    put_hex(digits.first<16>(), step());
    put_hex(digits.last<16>(), step() | 1U);
    return id;
}

std::string_view trace_id_of(std::string_view traceparent) {
    // version "-" trace-id "-" parent-id "-" flags; later versions may append fields
    if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' ||
        traceparent[52] != '-') {
        return {};
    }
    const auto version = traceparent.substr(0, 2);
    const auto trace = traceparent.substr(3, 32);
    const auto parent = traceparent.substr(36, 16);
    const bool whole = version == "00" ? traceparent.size() == 55
                                       : traceparent.size() == 55 || traceparent[55] == '-';
    if (!whole || version == "ff" || !is_hex(version) || !is_hex(trace) || !is_hex(parent) ||
        !is_hex(traceparent.substr(53, 2)) || is_zero(trace) || is_zero(parent)) {
        return {};
    }
    return trace;
}

Traceparent make_traceparent(const Id& trace_id, const Id& span_source) {
    Traceparent made;
    auto* out = made.text.data();
    for (const std::string_view part :
         {std::string_view("00-"), std::string_view(trace_id), std::string_view("-"),
          std::string_view(span_source).substr(16), std::string_view("-01")}) {
        out = std::ranges::copy(part, out).out;
    }
    return made;
}

}  // namespace gatehouse::proxy
