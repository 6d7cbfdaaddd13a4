// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/strings.h"
#include "base/units.h"
#include "config/internal/build.h"

namespace gatehouse::config {
namespace {

using catalog::Budget;
using catalog::BudgetKey;
using catalog::BudgetUnit;
using catalog::BudgetWindow;

constexpr std::uint64_t kMaxLimit = 1'000'000'000'000'000;

template <typename T>
struct Word {
    std::string_view text;
    T value;
};

constexpr std::array kUnits{
    Word{"calls", BudgetUnit::kCalls},          Word{"call", BudgetUnit::kCalls},
    Word{"units", BudgetUnit::kUnits},          Word{"unit", BudgetUnit::kUnits},
    Word{"bytes", BudgetUnit::kBytes},          Word{"byte", BudgetUnit::kBytes},
    Word{"concurrent", BudgetUnit::kConcurrent}};
constexpr std::array kWindows{Word{"1m", BudgetWindow::kMinute}, Word{"1h", BudgetWindow::kHour},
                              Word{"1d", BudgetWindow::kDay}, Word{"1w", BudgetWindow::kWeek},
                              Word{"1mo", BudgetWindow::kMonth}};
constexpr std::array kKeys{Word{"user", BudgetKey::kUser}, Word{"client", BudgetKey::kClient},
                           Word{"server", BudgetKey::kServer}, Word{"tool", BudgetKey::kTool},
                           Word{"group", BudgetKey::kGroup}};

template <typename Words>
auto find_word(const Words& words, std::string_view text) {
    using Value = decltype(words.front().value);
    const auto* const found = std::ranges::find(words, text, [](const auto& w) { return w.text; });
    return found == words.end() ? std::optional<Value>() : std::optional<Value>(found->value);
}

/// Names become parts of addresses and log lines.
bool is_name(std::string_view text) {
    return text.size() <= 63 && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

void read_limit(const Section& section, const BuildContext& context, Budget& budget) {
    if (!section.is_given("limit") || section.is_bad("limit")) {
        return;
    }
    const std::string text = section.text("limit");
    const auto words = split_words(text);
    const auto unit = words.size() == 2 ? find_word(kUnits, words[1]) : std::nullopt;
    std::optional<std::uint64_t> amount;
    if (unit == BudgetUnit::kBytes) {
        const auto size = parse_size(words[0]);
        amount = size ? std::optional(*size) : std::nullopt;
    } else if (unit) {
        amount = parse_uint(words[0]);
    }
    if (!amount || *amount == 0 || *amount > kMaxLimit) {
        context.report(section, "limit",
                       "expected an amount from 1 and its unit, such as `60 calls`, `500 units`, "
                       "`1MiB bytes` or `5 concurrent`, found " +
                           in_ticks(text));
        return;
    }
    budget.unit = *unit;
    budget.limit = *amount;
}

void read_window(const Section& section, const BuildContext& context, Budget& budget) {
    if (section.is_bad("window") || budget.limit == 0) {
        return;
    }
    const bool is_given = section.is_given("window");
    if (budget.unit == BudgetUnit::kConcurrent) {
        if (is_given) {
            context.report(section, "window", "a limit of concurrent calls has no window");
        }
        return;
    }
    if (!is_given) {
        context.report(section, "window", "missing; one of 1m, 1h, 1d, 1w, 1mo");
        return;
    }
    budget.window = find_word(kWindows, section.text("window")).value_or(BudgetWindow::kNone);
}

void read_warning(const Section& section, const BuildContext& context, Budget& budget) {
    if (!section.is_given("warn_at") || section.is_bad("warn_at")) {
        return;
    }
    if (budget.unit == BudgetUnit::kConcurrent && budget.limit != 0) {
        context.report(section, "warn_at", "a limit of concurrent calls has no warning");
        return;
    }
    const std::string text = section.text("warn_at");
    const auto percent = text.ends_with('%')
                             ? parse_uint(std::string_view(text).substr(0, text.size() - 1))
                             : std::nullopt;
    if (!percent || *percent == 0 || *percent > 100) {
        context.report(section, "warn_at",
                       "expected a percentage from 1% to 100%, found " + in_ticks(text));
        return;
    }
    budget.warn_at = static_cast<std::uint32_t>(*percent);
}

void read_per(const Section& section, const BuildContext& context, Budget& budget) {
    const std::string path = section.path_of("per");
    for (const Located& item : section.located("per")) {
        const auto key = find_word(kKeys, item.text);
        if (!key) {
            continue;
        }
        if (std::ranges::find(budget.per, *key) != budget.per.end()) {
            context.problems.add(item.at, path,
                                 in_ticks(path) + ": " + in_ticks(item.text) + " is written twice");
            continue;
        }
        budget.per.push_back(*key);
    }
}

void read_condition(const Section& section, const BuildContext& context, Budget& budget) {
    if (!section.is_given("when") || section.is_bad("when")) {
        return;
    }
    const Section when = section.section("when");
    const auto list = [&](std::string_view name, std::vector<std::string>& into) {
        into = when.texts(name);
        if (when.is_given(name) && into.empty()) {
            context.report(when, name, "the list is empty");
        }
    };
    list("users", budget.when.users);
    list("emails", budget.when.emails);
    list("groups", budget.when.groups);
    list("clients", budget.when.clients);
    list("scopes", budget.when.scopes);
    list("tools", budget.when.tools);
    list("not_tools", budget.when.not_tools);
    list("resources", budget.when.resources);
    list("prompts", budget.when.prompts);
    list("methods", budget.when.methods);
    std::ranges::transform(budget.when.emails, budget.when.emails.begin(), to_lower);
}

}  // namespace

std::vector<Budget> build_budgets(const Section& parent,
                                  const BuildContext& context,
                                  std::string_view server) {
    std::vector<Budget> budgets;
    std::map<std::string, std::size_t> lines;  // of the first of each name
    for (const Section& section : parent.items("budgets")) {
        Budget budget{.name = section.text("name"), .server = std::string(server)};
        if (!section.is_bad("name") && section.is_given("name") && !is_name(budget.name)) {
            context.report(section, "name",
                           in_ticks(budget.name) +
                               " is not a name: letters, digits, `-`, `_` and `.`, at most 63");
        }
        const auto [first, is_first] = lines.emplace(budget.name, section.at("name").line);
        if (!is_first && !budget.name.empty()) {
            const std::string where =
                first->second == 0 ? "" : ", in line " + std::to_string(first->second);
            context.report(section, "name",
                           in_ticks(budget.name) + " is the name of another budget" + where);
        }
        read_per(section, context, budget);
        read_condition(section, context, budget);
        read_limit(section, context, budget);
        read_window(section, context, budget);
        read_warning(section, context, budget);
        budgets.push_back(std::move(budget));
    }
    return budgets;
}

catalog::ToolCosts build_tool_costs(const Section& parent) {
    catalog::ToolCosts costs;
    for (auto& [tool, cost] : parent.pairs("tool_costs")) {
        costs.emplace_back(tool, parse_uint(cost).value_or(0));
    }
    return costs;
}

}  // namespace gatehouse::config
