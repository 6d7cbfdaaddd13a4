// SPDX-License-Identifier: Apache-2.0
#include "budget/words.h"

namespace gatehouse::budget {

using catalog::BudgetKey;
using catalog::BudgetUnit;
using catalog::BudgetWindow;

std::string_view word(BudgetUnit unit) {
    switch (unit) {
        case BudgetUnit::kCalls:
            return "calls";
        case BudgetUnit::kUnits:
            return "units";
        case BudgetUnit::kBytes:
            return "bytes";
        case BudgetUnit::kConcurrent:
            return "concurrent";
    }
    return "";
}

std::string_view word(BudgetWindow window) {
    switch (window) {
        case BudgetWindow::kNone:
            return "-";
        case BudgetWindow::kMinute:
            return "1m";
        case BudgetWindow::kHour:
            return "1h";
        case BudgetWindow::kDay:
            return "1d";
        case BudgetWindow::kWeek:
            return "1w";
        case BudgetWindow::kMonth:
            return "1mo";
    }
    return "";
}

std::string_view word(BudgetKey key) {
    switch (key) {
        case BudgetKey::kUser:
            return "user";
        case BudgetKey::kClient:
            return "client";
        case BudgetKey::kServer:
            return "server";
        case BudgetKey::kTool:
            return "tool";
        case BudgetKey::kGroup:
            return "group";
    }
    return "";
}

std::string limit_text(const catalog::Budget& budget) {
    return std::to_string(budget.limit) + " " + std::string(word(budget.unit));
}

}  // namespace gatehouse::budget
