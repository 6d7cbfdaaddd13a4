// SPDX-License-Identifier: Apache-2.0
#include "admin/budgets_api.h"

#include <algorithm>
#include <map>
#include <utility>

#include "admin/listing.h"
#include "admin/problem.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "base/units.h"
#include "budget/words.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kUsePattern = "/api/v1/budgets/{id}/use";
constexpr std::size_t kMaxShown = 512;
// Of one budget in the list of all; the others are in its own list.
constexpr std::size_t kMaxUses = 100;

using Uses = std::vector<json::Object>;

std::string id_of(const catalog::Budget& budget) {
    return budget.server.empty() ? budget.name : budget.server + ":" + budget.name;
}

std::vector<catalog::Budget> all_budgets(const catalog::Catalog& catalog) {
    std::vector<catalog::Budget> all = catalog.budgets;
    for (const catalog::Server& server : catalog.servers) {
        all.insert(all.end(), server.budgets.begin(), server.budgets.end());
    }
    return all;
}

json::Object condition_view(const catalog::BudgetCondition& when) {
    json::Object view;
    const auto add = [&](std::string_view name, const std::vector<std::string>& list) {
        if (!list.empty()) {
            view[name] = json::to_array(list);
        }
    };
    add("users", when.users);
    add("emails", when.emails);
    add("groups", when.groups);
    add("clients", when.clients);
    add("scopes", when.scopes);
    add("tools", when.tools);
    add("not_tools", when.not_tools);
    add("resources", when.resources);
    add("prompts", when.prompts);
    add("methods", when.methods);
    return view;
}

json::Object budget_view(const catalog::Budget& budget) {
    json::Object view{{"id", id_of(budget)},
                      {"origin", "file"},
                      {"name", budget.name},
                      {"limit", budget::limit_text(budget)}};
    if (!budget.server.empty()) {
        view["server"] = budget.server;
    }
    json::Array per;
    for (const catalog::BudgetKey key : budget.per) {
        per.emplace_back(budget::word(key));
    }
    view["per"] = std::move(per);
    if (auto when = condition_view(budget.when); !when.empty()) {
        view["when"] = std::move(when);
    }
    if (budget.window != catalog::BudgetWindow::kNone) {
        view["window"] = budget::word(budget.window);
    }
    if (budget.warn_at != 0) {
        view["warn_at"] = std::to_string(budget.warn_at) + "%";
    }
    return view;
}

json::Object use_view(const budget::CountRow& row, const catalog::Budget& budget) {
    json::Object key;
    std::string id;
    for (const auto& [name, value] : budget::read_key(row.name.key)) {
        const auto shown = sanitize_text(value, kMaxShown);
        id += (id.empty() ? "" : ",") + name + "=" + shown;
        key[name] = shown;
    }
    const auto limit = static_cast<std::int64_t>(budget.limit);
    json::Object view{{"id", id.empty() ? "all" : id},
                      {"key", std::move(key)},
                      {"used", row.used},
                      {"remaining", std::max<std::int64_t>(limit - row.used, 0)}};
    if (row.name.window_end != Timestamp::max()) {
        view["resets_at"] = format_time(row.name.window_end);
    }
    return view;
}

std::int64_t used_of(const json::Object& use) {
    return json::get_int(use, "used").value_or(0);
}

/// By rule id, the highest first.
Result<std::map<std::string, Uses>> load_uses(const Dependencies& dependencies) {
    const auto rows = dependencies.budgets.list();
    if (!rows) {
        return std::unexpected(rows.error());
    }
    std::map<std::string, catalog::Budget> known;
    const auto catalog = dependencies.catalog.get();
    for (catalog::Budget& budget : all_budgets(*catalog)) {
        known.emplace(budget::rule_id(budget), std::move(budget));
    }
    std::map<std::string, Uses> uses;
    for (const budget::CountRow& row : *rows) {
        if (const auto of = known.find(row.name.budget); of != known.end()) {
            uses[of->first].push_back(use_view(row, of->second));
        }
    }
    for (auto& [rule, list] : uses) {
        std::ranges::sort(list, std::greater<>(), used_of);
    }
    return uses;
}

/// What is used most stands in the budget itself, so that one look is enough.
void add_uses(json::Object& view, const catalog::Budget& budget, Uses uses) {
    const auto limit = static_cast<std::int64_t>(budget.limit);
    const std::int64_t most = uses.empty() ? 0 : used_of(uses.front());
    view["used"] = most;
    view["remaining"] = std::max<std::int64_t>(limit - most, 0);
    if (!uses.empty() && uses.front().contains("resets_at")) {
        view["resets_at"] = uses.front().at("resets_at");
    }
    json::Array shown;
    for (json::Object& use : uses) {
        if (shown.size() == kMaxUses) {
            break;
        }
        shown.emplace_back(std::move(use));
    }
    view["use"] = std::move(shown);
}

http::Response list_uses(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const auto parameters = http::path_parameters(kUsePattern, request.path);
    const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    auto uses = load_uses(dependencies);
    if (!uses) {
        return problem(uses.error());
    }
    for (const catalog::Budget& budget : all_budgets(*dependencies.catalog.get())) {
        if (id_of(budget) == id) {
            return page_response(cut_page(std::move((*uses)[budget::rule_id(budget)]), *query));
        }
    }
    return problem(404, "Not Found", "there is no such budget");
}

}  // namespace

Result<std::vector<json::Object>> budget_views(const Dependencies& dependencies) {
    auto uses = load_uses(dependencies);
    if (!uses) {
        return std::unexpected(uses.error());
    }
    std::vector<json::Object> views;
    for (const catalog::Budget& budget : all_budgets(*dependencies.catalog.get())) {
        json::Object view = budget_view(budget);
        add_uses(view, budget, std::move((*uses)[budget::rule_id(budget)]));
        views.push_back(std::move(view));
    }
    return views;
}

void add_budgets_routes(http::Router& router, const Dependencies& dependencies) {
    router.add("GET", std::string(kUsePattern), http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return list_uses(dependencies, request);
               }));
}

}  // namespace gatehouse::admin
