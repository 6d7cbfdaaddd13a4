// SPDX-License-Identifier: Apache-2.0
#include "budget/window.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace gatehouse::budget {
namespace {

using catalog::BudgetWindow;

struct Case {
    const char* name;
    BudgetWindow window;
    const char *now, *start, *end;
};

class Windows : public testing::TestWithParam<Case> {};

TEST_P(Windows, AreAlignedInUtc) {
    const Case& given = GetParam();
    const WindowSpan span = window_at(given.window, *parse_time(given.now));
    EXPECT_EQ(span.start, *parse_time(given.start));
    EXPECT_EQ(span.end, *parse_time(given.end));
    EXPECT_TRUE(span.covers(*parse_time(given.now)));
    EXPECT_FALSE(span.covers(span.end)) << "the last instant belongs to the next";
    EXPECT_EQ(window_at(given.window, span.start), span);
    EXPECT_EQ(window_at(given.window, span.end - std::chrono::milliseconds{1}), span);
    EXPECT_EQ(window_at(given.window, span.end).start, span.end) << "without a gap";
}

constexpr Case kCases[] = {
    {"Minute", BudgetWindow::kMinute, "2026-11-24T10:05:59.999Z", "2026-11-24T10:05:00Z",
     "2026-11-24T10:06:00Z"},
    {"Hour", BudgetWindow::kHour, "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z",
     "2026-03-29T02:00:00Z"},
    {"Day", BudgetWindow::kDay, "2026-12-31T23:59:59Z", "2026-12-31T00:00:00Z",
     "2027-01-01T00:00:00Z"},
    {"Week", BudgetWindow::kWeek, "2026-11-24T10:00:00Z", "2026-11-23T00:00:00Z",
     "2026-11-30T00:00:00Z"},
    {"WeekOnSunday", BudgetWindow::kWeek, "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z",
     "2026-11-30T00:00:00Z"},
    {"WeekOverNewYear", BudgetWindow::kWeek, "2027-01-01T00:00:00Z", "2026-12-28T00:00:00Z",
     "2027-01-04T00:00:00Z"},
    {"Month", BudgetWindow::kMonth, "2026-02-28T23:59:59Z", "2026-02-01T00:00:00Z",
     "2026-03-01T00:00:00Z"},
    {"LeapMonth", BudgetWindow::kMonth, "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z",
     "2028-03-01T00:00:00Z"},
    {"LastMonth", BudgetWindow::kMonth, "2026-12-31T12:00:00Z", "2026-12-01T00:00:00Z",
     "2027-01-01T00:00:00Z"},
};

INSTANTIATE_TEST_SUITE_P(All, Windows, testing::ValuesIn(kCases), [](const auto& given) {
    return std::string(given.param.name);
});

TEST(Window, OfSlotsIsAllTime) {
    const auto span = window_at(BudgetWindow::kNone, Timestamp{});
    EXPECT_TRUE(span.covers(Timestamp{}));
    EXPECT_TRUE(span.covers(*parse_time("2999-01-01T00:00:00Z")));
}

}  // namespace
}  // namespace gatehouse::budget
