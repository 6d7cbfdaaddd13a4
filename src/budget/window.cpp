// SPDX-License-Identifier: Apache-2.0
#include "budget/window.h"

namespace gatehouse::budget {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;

WindowSpan fixed(Timestamp now, std::chrono::milliseconds length) {
    const auto since = now.time_since_epoch();
    auto into = since % length;
    if (into.count() < 0) {
        into += length;
    }
    const Timestamp start = now - into;
    return {.start = start, .end = start + length};
}

WindowSpan week(Timestamp now) {
    const sys_days today = floor<days>(now);
    const sys_days monday = today - (std::chrono::weekday(today) - std::chrono::Monday);
    return {.start = monday, .end = monday + days{7}};
}

WindowSpan month(Timestamp now) {
    const std::chrono::year_month_day today(floor<days>(now));
    const std::chrono::year_month_day first{today.year(), today.month(), std::chrono::day{1}};
    return {.start = sys_days(first), .end = sys_days(first + std::chrono::months{1})};
}

}  // namespace

WindowSpan window_at(catalog::BudgetWindow window, Timestamp now) {
    switch (window) {
        case catalog::BudgetWindow::kNone:
            return {.start = Timestamp{}, .end = Timestamp::max()};
        case catalog::BudgetWindow::kMinute:
            return fixed(now, std::chrono::minutes{1});
        case catalog::BudgetWindow::kHour:
            return fixed(now, std::chrono::hours{1});
        case catalog::BudgetWindow::kDay:
            return fixed(now, days{1});
        case catalog::BudgetWindow::kWeek:
            return week(now);
        case catalog::BudgetWindow::kMonth:
            return month(now);
    }
    return {};
}

}  // namespace gatehouse::budget
