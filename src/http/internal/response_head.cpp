// SPDX-License-Identifier: Apache-2.0
#include "http/internal/response_head.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>

#include "http/header_id.h"
#include "http/message.h"
#include "telemetry/log.h"

namespace gatehouse::http::internal {

ResponseHeadWriter::ResponseHeadWriter(std::string& out, int status) : out_(out) {
    if (status == 200) {
        out_ = "HTTP/1.1 200 OK\r\n";
        return;
    }
    out_.clear();
    fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {:03} {}\r\n", status,
                   reason_phrase(status));
}

void ResponseHeadWriter::add(std::string_view name, std::string_view value, HeaderId id) {
    if (is_framing_field(id)) {
        return;
    }
    if (!is_field_name(name) || !is_field_value(value)) {
        telemetry::warn("http", "left out a response field that is not well formed");
        return;
    }
    dated_ |= id == HeaderId::kDate;
    out_.append(name).append(": ").append(value).append("\r\n");
}

void ResponseHeadWriter::end(BodyFraming framing,
                             std::int64_t length,
                             Persistence persistence,
                             std::string_view date) {
    if (!dated_) {
        out_.append("Date: ").append(date).append("\r\n");
    }
    if (length >= 0) {
        const fmt::format_int digits(length);
        out_.append("Content-Length: ").append(digits.data(), digits.size()).append("\r\n");
    } else if (framing == BodyFraming::kChunked) {
        out_.append("Transfer-Encoding: chunked\r\n");
    }
    if (persistence == Persistence::kClose) {
        out_.append("Connection: close\r\n");
    }
    out_.append("\r\n");
}

std::string format_http_date(Timestamp time) {
    constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
        static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
        clock.seconds().count());
}

}  // namespace gatehouse::http::internal
