// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <iterator>
#include <ostream>
#include <utility>

#include "base/strings.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

/// What operators limit: budgets and pauses.
namespace gatehouse::cli {
namespace {

constexpr std::array kBudgets{Column{"NAME", "name"},      Column{"SERVER", "server"},
                              Column{"KEY", "key"},        Column{"USED", "used"},
                              Column{"LEFT", "remaining"}, Column{"LIMIT", "limit"},
                              Column{"WINDOW", "window"},  Column{"RESETS", "resets_at"}};
constexpr std::array kPauses{Column{"KIND", "kind"}, Column{"NAME", "name"},
                             Column{"SINCE", "paused_at"}};

int print_array(Environment& environment, std::vector<json::Object> items) {
    json::Array array;
    for (json::Object& item : items) {
        array.emplace_back(std::move(item));
    }
    environment.out << json::dump(array) << "\n";
    return kExitOk;
}

/// One row for each count, and one for a budget that nobody used.
std::vector<json::Object> rows_of(const json::Object& budget) {
    std::vector<json::Object> rows;
    const json::Value* const uses = budget.if_contains("use");
    if (uses == nullptr || !uses->is_array() || uses->get_array().empty()) {
        return {budget};
    }
    for (const json::Value& use : uses->get_array()) {
        if (!use.is_object()) {
            continue;
        }
        json::Object row = budget;
        row["key"] = json::get_string(use.get_object(), "id").value_or("");
        for (const char* member : {"used", "remaining", "resets_at"}) {
            if (const json::Value* value = use.get_object().if_contains(member)) {
                row[member] = *value;
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

int list_pauses(const Invocation& invocation, Environment& environment, AdminApi& api) {
    auto pauses = api.list("pauses");
    if (!pauses) {
        return failed(environment, pauses.error());
    }
    if (invocation.has("json")) {
        return print_array(environment, std::move(*pauses));
    }
    environment.out << table(kPauses, *pauses, environment.terminal);
    return kExitOk;
}

}  // namespace

int run_budgets(const Invocation& invocation, Environment& environment, AdminApi& api) {
    auto budgets = api.list("budgets");
    if (!budgets) {
        return failed(environment, budgets.error());
    }
    if (invocation.has("json")) {
        return print_array(environment, std::move(*budgets));
    }
    std::vector<json::Object> rows;
    for (const json::Object& budget : *budgets) {
        std::ranges::move(rows_of(budget), std::back_inserter(rows));
    }
    environment.out << table(kBudgets, rows, environment.terminal);
    return kExitOk;
}

int run_pause(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const bool is_pause = invocation.command == "pause";
    if (invocation.has("list")) {
        return invocation.arguments.empty()
                   ? list_pauses(invocation, environment, api)
                   : misused(environment, "pause --list takes no arguments");
    }
    if (invocation.arguments.size() != 2) {
        return misused(environment, invocation.command + " needs what to " + invocation.command +
                                        ": server NAME, tool SERVER/TOOL, user NAME or client ID");
    }
    const std::string& kind = invocation.arguments[0];
    const std::string& name = invocation.arguments[1];
    constexpr std::array<std::string_view, 4> kKinds{"server", "tool", "user", "client"};
    if (std::ranges::find(kKinds, kind) == kKinds.end()) {
        return misused(environment, "expected server, tool, user or client, found `" +
                                        sanitize_text(kind, 80) + "`");
    }
    const auto answer =
        is_pause ? api.change("POST", "pauses", {{"kind", kind}, {"name", name}})
                 : api.change("DELETE", "pauses/" + percent_encode(kind + ":" + name), {});
    if (!answer) {
        return failed(environment, answer.error());
    }
    if (invocation.has("json")) {
        environment.out << json::dump(*answer) << "\n";
    } else {
        environment.out << (is_pause ? "paused " : "resumed ") << kind << " "
                        << sanitize_text(name, 200) << "\n";
    }
    return kExitOk;
}

}  // namespace gatehouse::cli
