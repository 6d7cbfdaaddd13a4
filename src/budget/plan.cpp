// SPDX-License-Identifier: Apache-2.0
#include "budget/plan.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "budget/glob.h"
#include "budget/words.h"

namespace gatehouse::budget {
namespace {

using catalog::Budget;
using catalog::BudgetKey;
using catalog::BudgetUnit;

// What a caller may make up is kept short: longer names count together with those that begin alike.
constexpr std::size_t kMaxToolName = 256;

bool needs_person(const Budget& budget) {
    return !budget.when.users.empty() || !budget.when.emails.empty() ||
           !budget.when.groups.empty() || counts_by(budget, BudgetKey::kGroup);
}

bool holds(const std::vector<std::string>& patterns, std::string_view text) {
    return patterns.empty() || any_glob_matches(patterns, text);
}

bool holds_any(const std::vector<std::string>& patterns, std::span<const std::string> texts) {
    return patterns.empty() || std::ranges::any_of(texts, [&](const std::string& text) {
               return any_glob_matches(patterns, text);
           });
}

bool is_for(const catalog::BudgetCondition& when, const Caller& caller) {
    return (when.users.empty() || any_glob_matches(when.users, caller.user) ||
            any_glob_matches(when.users, caller.name)) &&
           holds(when.emails, caller.email) && holds_any(when.groups, caller.groups) &&
           holds(when.clients, caller.client) && holds_any(when.scopes, caller.scopes);
}

/// Only tool calls count, unless the condition names other things.
bool is_about(const catalog::BudgetCondition& when, const Request& request) {
    if (!holds(when.methods, request.method)) {
        return false;
    }
    const bool is_tool = request.method == "tools/call";
    if (is_tool && any_glob_matches(when.not_tools, request.item)) {
        return false;
    }
    if (when.tools.empty() && when.prompts.empty() && when.resources.empty()) {
        return is_tool || !when.methods.empty();
    }
    const bool is_prompt = request.method == "prompts/get";
    const bool is_resource =
        request.method == "resources/read" || request.method == "resources/subscribe";
    return (is_tool && any_glob_matches(when.tools, request.item)) ||
           (is_prompt && any_glob_matches(when.prompts, request.item)) ||
           (is_resource && any_glob_matches(when.resources, request.item));
}

std::size_t literals(std::string_view pattern) {
    return pattern.size() - static_cast<std::size_t>(std::ranges::count_if(
                                pattern, [](char c) { return c == '*' || c == '?'; }));
}

/// The most precise first; among equals the one written first.
catalog::ToolCosts by_precision(const catalog::ToolCosts& table) {
    const auto is_before = [](std::string_view a, std::string_view b) {
        const bool a_exact = literals(a) == a.size();
        const bool b_exact = literals(b) == b.size();
        return a_exact != b_exact ? a_exact : literals(a) > literals(b);
    };
    catalog::ToolCosts sorted;
    for (const auto& cost : table) {
        const auto place = std::ranges::find_if(
            sorted, [&](const auto& other) { return is_before(cost.first, other.first); });
        sorted.insert(place, cost);
    }
    return sorted;
}

void append_escaped(std::string_view text, std::string& out) {
    if (!text.contains('\n') && !text.contains('\\')) {
        out += text;
        return;
    }
    for (const char c : text) {
        if (c == '\n' || c == '\\') {
            out += '\\';
        }
        out += c == '\n' ? 'n' : c;
    }
}

void append_part(BudgetKey key, std::string_view value, std::string& out) {
    out += word(key);
    out += '=';
    append_escaped(value, out);
    out += '\n';
}

}  // namespace

bool counts_by(const Budget& budget, BudgetKey key) {
    return std::ranges::find(budget.per, key) != budget.per.end();
}

std::string rule_id(const Budget& budget) {
    std::string id = budget.server + "/" + budget.name + " ";
    id += word(budget.unit);
    id += ' ';
    id += word(budget.window);
    for (const BudgetKey key : budget.per) {
        id += ' ';
        id += word(key);
    }
    return id;
}

Plan::Plan(const catalog::Catalog& catalog, const catalog::Server& server) {
    for (const auto* list : {&catalog.budgets, &server.budgets}) {
        for (const Budget& budget : *list) {
            rules_.push_back({.budget = budget, .id = rule_id(budget)});
            needs_person_ = needs_person_ || budget::needs_person(budget);
        }
    }
    costs_ = {by_precision(server.tool_costs), by_precision(catalog.tool_costs)};
}

bool Plan::counts() const {
    return !rules_.empty() ||
           std::ranges::any_of(costs_, [](const auto& table) { return !table.empty(); });
}

std::uint64_t Plan::cost_of(std::string_view tool) const {
    for (const catalog::ToolCosts& table : costs_) {
        for (const auto& [pattern, cost] : table) {
            if (glob_matches(pattern, tool)) {
                return cost;
            }
        }
    }
    return 1;
}

std::uint64_t Plan::amount(const Rule& rule, const Caller& caller, const Request& request) const {
    const Budget& budget = rule.budget;
    if (!is_about(budget.when, request) || !is_for(budget.when, caller)) {
        return 0;
    }
    return budget.unit == BudgetUnit::kUnits && request.method == "tools/call"
               ? cost_of(request.item)
               : 1;
}

void append_key(const Budget& budget,
                const Caller& caller,
                std::string_view tool,
                std::string_view group,
                std::string& out) {
    for (const BudgetKey key : budget.per) {
        switch (key) {
            case BudgetKey::kUser:
                append_part(key, caller.user, out);
                break;
            case BudgetKey::kClient:
                append_part(key, caller.client, out);
                break;
            case BudgetKey::kServer:
                append_part(key, caller.server, out);
                break;
            case BudgetKey::kTool:
                append_part(key, tool.substr(0, kMaxToolName), out);
                break;
            case BudgetKey::kGroup:
                append_part(key, group, out);
                break;
        }
    }
}

std::vector<std::pair<std::string, std::string>> read_key(std::string_view key) {
    std::vector<std::pair<std::string, std::string>> parts;
    for (const std::string_view line : split(key, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        std::string value;
        for (std::size_t i = equals + 1; i < line.size(); ++i) {
            if (line[i] == '\\' && i + 1 < line.size()) {
                ++i;
                value += line[i] == 'n' ? '\n' : line[i];
            } else {
                value += line[i];
            }
        }
        parts.emplace_back(line.substr(0, equals), std::move(value));
    }
    return parts;
}

}  // namespace gatehouse::budget
