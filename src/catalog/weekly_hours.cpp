// SPDX-License-Identifier: Apache-2.0
#include "catalog/weekly_hours.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"

namespace gatehouse::catalog {
namespace {

using std::chrono::minutes;

constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr minutes kDay{24 * 60};
constexpr minutes kMostOffset{14 * 60};

std::optional<std::size_t> day_of(std::string_view text) {
    const auto it = std::ranges::find(kDays, text);
    return it == kDays.end() ? std::nullopt
                             : std::optional(static_cast<std::size_t>(it - kDays.begin()));
}

bool read_days(std::string_view text, std::array<bool, 7>& days) {
    for (const std::string_view part : split(text, ',')) {
        const auto dash = part.find('-');
        const auto first = day_of(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : day_of(part.substr(dash + 1));
        if (!first || !last) {
            return false;
        }
        for (std::size_t day = *first;; day = (day + 1) % days.size()) {
            days.at(day) = true;
            if (day == *last) {
                break;
            }
        }
    }
    return true;
}

/// "HH:MM", 24:00 included.
std::optional<minutes> time_of(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) ||
        !is_digit(text[3]) || !is_digit(text[4])) {
        return std::nullopt;
    }
    const minutes::rep hour = (text[0] - '0') * 10 + (text[1] - '0');
    const minutes::rep minute = (text[3] - '0') * 10 + (text[4] - '0');
    const minutes time{hour * 60 + minute};
    return minute < 60 && time <= kDay ? std::optional(time) : std::nullopt;
}

std::optional<minutes> offset_of(std::string_view text) {
    if (text == "UTC" || text == "Z") {
        return minutes{0};
    }
    if (!text.starts_with('+') && !text.starts_with('-')) {
        return std::nullopt;
    }
    const auto size = time_of(text.substr(1));
    if (!size || *size > kMostOffset) {
        return std::nullopt;
    }
    return text.front() == '-' ? -*size : *size;
}

}  // namespace

Result<WeeklyHours> WeeklyHours::parse(std::string_view text) {
    const auto bad = [] {
        return fail(ErrorCode::kInvalid,
                    "hours such as `Mon-Fri 08:00-18:00 UTC`, `22:00-06:00` or "
                    "`Sat,Sun 00:00-24:00 +02:00`");
    };
    WeeklyHours hours;
    auto words = split_words(text);
    const bool names_days = !words.empty() && !words.front().empty() &&
                            (words.front()[0] < '0' || words.front()[0] > '9');
    if (names_days) {
        if (!read_days(words.front(), hours.days_)) {
            return bad();
        }
        words.erase(words.begin());
    } else {
        hours.days_.fill(true);
    }
    if (words.empty() || words.size() > 2 || words.front().size() != 11 ||
        words.front()[5] != '-') {
        return bad();
    }
    const std::string_view span = words.front();
    const auto from = time_of(span.substr(0, 5));
    const auto until = time_of(span.substr(6));
    const auto offset = words.size() == 2 ? offset_of(words[1]) : minutes{0};
    if (!from || !until || !offset || *from == *until || *from == kDay) {
        return bad();
    }
    hours.from_ = *from;
    hours.until_ = *until;
    hours.offset_ = *offset;
    return hours;
}

bool WeeklyHours::contains(Timestamp now) const {
    return remaining(now) > std::chrono::seconds{0};
}

std::chrono::seconds WeeklyHours::remaining(Timestamp now) const {
    const auto local = std::chrono::floor<std::chrono::seconds>(now) + offset_;
    const auto midnight = std::chrono::floor<std::chrono::days>(local);
    const auto length = until_ > from_ ? until_ - from_ : until_ + kDay - from_;
    // What began yesterday may still last.
    for (const auto start_day : {midnight, midnight - std::chrono::days{1}}) {
        const auto weekday = std::chrono::weekday(start_day).iso_encoding() - 1;
        const auto start = start_day + from_;
        if (days_.at(weekday) && local >= start && local < start + length) {
            return start + length - local;
        }
    }
    return std::chrono::seconds{0};
}

}  // namespace gatehouse::catalog
