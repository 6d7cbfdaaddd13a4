// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace.h"

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

void put_hex(std::string& out, std::uint64_t value) {
    for (unsigned shift = 64; shift != 0; shift -= 4) {
        out += kDigits[(value >> (shift - 4)) & 15U];
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

std::string IdSource::next() {
    std::string id;
    id.reserve(32);
    put_hex(id, step());
    put_hex(id, step() | 1U);
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

std::string make_traceparent(std::string_view trace_id, std::string_view span_source) {
    std::string value = "00-";
    value += trace_id;
    value += '-';
    value += span_source.substr(16, 16);
    value += "-01";
    return value;
}

}  // namespace gatehouse::proxy
