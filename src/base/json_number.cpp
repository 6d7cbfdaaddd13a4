// SPDX-License-Identifier: Apache-2.0
#include "base/json_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gatehouse {
namespace {

constexpr std::size_t kMaxText = 1000;
constexpr std::size_t kMaxExponentDigits = 6;

std::string_view take_digits(std::string_view& text) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto digits = text.substr(0, end);
    text.remove_prefix(end);
    return digits;
}

bool take(std::string_view& text, char c) {
    const bool found = text.starts_with(c);
    text.remove_prefix(found ? 1 : 0);
    return found;
}

/// The exponent at the start of `text`, zero without one; nothing for a malformed or huge one.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
    if (!take(text, 'e') && !take(text, 'E')) {
        return 0;
    }
    const bool negative = take(text, '-');
    if (!negative) {
        take(text, '+');
    }
    auto digits = take_digits(text);
    const bool any = !digits.empty();
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    if (!any || digits.size() > kMaxExponentDigits) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    for (const char c : digits) {
        value = value * 10 + (c - '0');
    }
    return negative ? -value : value;
}

}  // namespace

std::optional<JsonNumber> JsonNumber::parse(std::string_view text) {
    if (text.empty() || text.size() > kMaxText) {
        return std::nullopt;
    }
    JsonNumber number;
    std::string_view rest = text;
    number.negative_ = take(rest, '-');
    const auto whole = take_digits(rest);
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) {
        return std::nullopt;
    }
    std::string_view fraction;
    if (take(rest, '.')) {
        fraction = take_digits(rest);
        if (fraction.empty()) {
            return std::nullopt;
        }
    }
    const auto exponent = take_exponent(rest);
    if (!exponent || !rest.empty()) {
        return std::nullopt;
    }
    number.digits_.append(whole).append(fraction);
    number.point_ = static_cast<std::int64_t>(whole.size()) + *exponent;
    const auto zeros = std::min(number.digits_.find_first_not_of('0'), number.digits_.size());
    number.digits_.erase(0, zeros);
    number.point_ -= static_cast<std::int64_t>(zeros);
    number.digits_.erase(number.digits_.find_last_not_of('0') + 1);
    if (number.digits_.empty()) {
        number.negative_ = false;
        number.point_ = 0;
        return number;
    }
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number.rounded_);
    if (read.ec != std::errc{} || !std::isfinite(number.rounded_) || number.rounded_ == 0) {
        return std::nullopt;
    }
    return number;
}

std::strong_ordering JsonNumber::compare_digits(const JsonNumber& other) const {
    const auto sign = [](const JsonNumber& n) {
        return n.digits_.empty() ? 0 : n.negative_ ? -1 : 1;
    };
    if (sign(*this) != sign(other)) {
        return sign(*this) <=> sign(other);
    }
    // Without zeros at the ends, equal values have equal digits, and a prefix is the smaller one.
    const auto size = point_ != other.point_ ? point_ <=> other.point_ : digits_ <=> other.digits_;
    return negative_ ? 0 <=> size : size;
}

std::optional<std::strong_ordering> JsonNumber::compare(const JsonNumber& other) const {
    const auto exact = compare_digits(other);
    const auto rounded = rounded_ <=> other.rounded_;
    if ((exact < 0) != (rounded < 0) || (exact > 0) != (rounded > 0)) {
        return std::nullopt;
    }
    return exact;
}

}  // namespace gatehouse
