// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <ostream>
#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

/// What operators see of runtimes, and approve.
namespace gatehouse::cli {
namespace {

constexpr std::array kRuntimes{
    Column{"SERVER", "server"},         Column{"STATE", "state"},
    Column{"REVISIONS", "revisions"},   Column{"SESSIONS", "sessions"},
    Column{"TOOLS", "tools"},           Column{"KNOWN FROM", "tools_known"},
    Column{"UNAPPROVED", "unapproved"}, Column{"CHECKED", "checked_at"}};
constexpr std::array kTools{Column{"NAME", "name"}, Column{"KIND", "kind"},
                            Column{"STANDING", "standing"}, Column{"DESCRIPTION", "description"}};

int print(const Invocation& invocation,
          Environment& environment,
          std::span<const Column> columns,
          Result<std::vector<json::Object>> items) {
    if (!items) {
        return failed(environment, items.error());
    }
    if (!invocation.has("json")) {
        environment.out << table(columns, *items);
        return kExitOk;
    }
    json::Array array;
    for (json::Object& item : *items) {
        array.emplace_back(std::move(item));
    }
    environment.out << json::dump(array) << "\n";
    return kExitOk;
}

std::vector<json::Object> tools_in(const json::Object& answer) {
    std::vector<json::Object> tools;
    if (const json::Value* const list = answer.if_contains("tools");
        list != nullptr && list->is_array()) {
        for (const json::Value& tool : list->get_array()) {
            if (tool.is_object()) {
                tools.push_back(tool.get_object());
            }
        }
    }
    return tools;
}

int show_probe(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto answer =
        api.change("POST", "runtimes/probe", {{"url", invocation.arguments.front()}});
    if (!answer) {
        return failed(environment, answer.error());
    }
    const bool ready = json::get_string(*answer, "state") == "ready";
    if (invocation.has("json")) {
        environment.out << json::dump(*answer) << "\n";
        return ready ? kExitOk : kExitFailed;
    }
    for (const char* const member :
         {"state", "revisions", "transport", "sessions", "wants_secret", "trouble"}) {
        if (answer->contains(member)) {
            environment.out << member << ": " << cell(*answer, member) << "\n";
        }
    }
    constexpr std::array kShort{kTools[0], kTools[1], kTools[3]};
    environment.out << table(kShort, tools_in(*answer));
    return ready ? kExitOk : kExitFailed;
}

int approve(const Invocation& invocation, Environment& environment, AdminApi& api) {
    json::Object body;
    if (invocation.arguments.size() > 1) {
        body["tools"] = json::Array{json::Value(invocation.arguments[1])};
    }
    const auto answer = api.change(
        "POST", "servers/" + percent_encode(invocation.arguments.front()) + "/tools/approve", body);
    if (!answer) {
        return failed(environment, answer.error());
    }
    environment.out << (invocation.has("json") ? json::dump(*answer)
                                               : "approved " + cell(*answer, "approved"))
                    << "\n";
    return kExitOk;
}

}  // namespace

int run_runtimes(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const std::string& command = invocation.command;
    if (command == "runtimes list") {
        return print(invocation, environment, kRuntimes, api.list("runtimes"));
    }
    if (command == "runtimes probe") {
        return show_probe(invocation, environment, api);
    }
    if (command == "runtimes approve") {
        return approve(invocation, environment, api);
    }
    const std::string server = percent_encode(invocation.arguments.front());
    if (command == "runtimes tools") {
        return print(invocation, environment, kTools, api.list("servers/" + server + "/tools"));
    }
    auto refreshed = api.change("POST", "runtimes/" + server + "/refresh", {});
    if (!refreshed) {
        return failed(environment, refreshed.error());
    }
    return print(invocation, environment, kRuntimes,
                 std::vector<json::Object>{*std::move(refreshed)});
}

}  // namespace gatehouse::cli
