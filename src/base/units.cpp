// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/strings.h"

namespace gatehouse {

namespace {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array kDurations{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000},
                                Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array kSizes{Unit{"", 1}, Unit{"KiB", 1ULL << 10U}, Unit{"MiB", 1ULL << 20U},
                            Unit{"GiB", 1ULL << 30U}};

std::optional<std::uint64_t> parse_with_unit(std::string_view text, const auto& units) {
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_uint(text.substr(0, digits));
    const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
    if (!number || unit == units.end() || *number > kMax / unit->factor) {
        return std::nullopt;
    }
    return *number * unit->factor;
}

// A run of digits at a fixed place: dates are not `parse_uint` numbers, they have leading zeros.
std::optional<unsigned> digits_at(std::string_view text, std::size_t at, std::size_t count) {
    unsigned value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

// ".5" is 500; digits beyond the third are cut.
std::optional<unsigned> parse_fraction(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    if (text.front() != '.' || text.size() < 2 || text.size() > 10 ||
        text.find_first_not_of("0123456789", 1) != std::string_view::npos) {
        return std::nullopt;
    }
    std::string millis(text.substr(1, 3));
    millis.append(3 - millis.size(), '0');
    return digits_at(millis, 0, 3);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto value = parse_with_unit(text, kDurations);
    if (!value) {
        return fail(ErrorCode::kInvalid, "expected a duration such as 500ms, 10s, 5m, 2h or 30d");
    }
    return std::chrono::milliseconds{*value};
}

Result<std::uint64_t> parse_size(std::string_view text) {
    const auto value = parse_with_unit(text, kSizes);
    if (!value) {
        return fail(ErrorCode::kInvalid, "expected a size such as 512, 64KiB, 4MiB or 1GiB");
    }
    return *value;
}

std::string format_time(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

Result<Time> parse_time(std::string_view text) {
    constexpr std::size_t kSecondsEnd = 19;  // "2026-11-24T10:00:00"
    const auto error =
        fail(ErrorCode::kInvalid, "expected a UTC time such as 2026-11-24T10:00:00Z");
    if (text.size() <= kSecondsEnd || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text.back() != 'Z') {
        return error;
    }
    const auto year = digits_at(text, 0, 4);
    const auto month = digits_at(text, 5, 2);
    const auto day = digits_at(text, 8, 2);
    const auto hour = digits_at(text, 11, 2);
    const auto minute = digits_at(text, 14, 2);
    const auto second = digits_at(text, 17, 2);
    const auto millis = parse_fraction(text.substr(kSecondsEnd, text.size() - kSecondsEnd - 1));
    if (!year || !month || !day || !hour || !minute || !second || !millis) {
        return error;
    }
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{*month}, std::chrono::day{*day}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) {
        return error;
    }
    return Time{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
           std::chrono::minutes{*minute} + std::chrono::seconds{*second} +
           std::chrono::milliseconds{*millis};
}

}  // namespace gatehouse
