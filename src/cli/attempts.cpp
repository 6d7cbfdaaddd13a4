// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

namespace gatehouse::cli {
namespace {

FormFields query_of(const Invocation& invocation) {
    FormFields query;
    for (const char* name : {"server", "client", "verdict"}) {
        if (invocation.has(name)) {
            query.emplace_back(name, invocation.get(name));
        }
    }
    return query;
}

std::string event_line(const json::Object& event) {
    std::string line =
        fmt::format("    {}  {} {:<18} {} {}", cell(event, "time"),
                    json::get_bool(event, "ok").value_or(false) ? "ok  " : "FAIL",
                    cell(event, "step"), cell(event, "status"), cell(event, "user_agent"));
    if (event.contains("problem")) {
        line += "  " + cell(event, "problem");
    }
    for (const char* part : {"sent", "answered"}) {
        if (const json::Value* facts = event.if_contains(part);
            facts != nullptr && facts->is_object() && !facts->get_object().empty()) {
            line += fmt::format("\n        {}:", part);
            for (const auto& fact : facts->get_object()) {
                line += fmt::format(" {}={}", std::string_view(fact.key()),
                                    cell(facts->get_object(), fact.key()));
            }
        }
    }
    return line + "\n";
}

void print_story(std::ostream& out, const json::Object& attempt) {
    out << fmt::format("{}  {}  {}  {}\n", cell(attempt, "started_at"), cell(attempt, "server"),
                       cell(attempt, "client_name|client|user_agent"),
                       cell(attempt, "verdict.code"));
    out << "    " << cell(attempt, "verdict.text") << "\n";
    if (const std::string remedy = cell(attempt, "verdict.remedy"); remedy != "-") {
        out << "    " << remedy << "\n";
    }
    if (const json::Value* events = attempt.if_contains("events");
        events != nullptr && events->is_array()) {
        for (const json::Value& event : events->get_array()) {
            if (event.is_object()) {
                out << event_line(event.get_object());
            }
        }
    }
    out << "\n";
}

/// Where following goes on: the latest change that was printed.
std::string latest(const std::vector<json::Object>& attempts, std::string known) {
    for (const json::Object& attempt : attempts) {
        known = std::max(known, json::get_string(attempt, "updated_at").value_or(""));
    }
    return known;
}

int follow(const Invocation& invocation,
           Environment& environment,
           AdminApi& api,
           std::string last) {
    while (environment.wait()) {
        FormFields query = query_of(invocation);
        if (!last.empty()) {
            query.emplace_back("after", last);
        }
        auto changed = api.list("attempts", query);
        if (!changed) {
            return failed(environment, changed.error());
        }
        std::ranges::reverse(*changed);
        for (const json::Object& attempt : *changed) {
            if (invocation.has("json")) {
                environment.out << json::dump(attempt) << "\n";
            } else {
                print_story(environment.out, attempt);
            }
        }
        environment.out.flush();
        last = latest(*changed, std::move(last));
    }
    return kExitOk;
}

}  // namespace

int run_attempts(const Invocation& invocation, Environment& environment, AdminApi& api) {
    auto attempts = api.list("attempts", query_of(invocation));
    if (!attempts) {
        return failed(environment, attempts.error());
    }
    std::ranges::reverse(*attempts);
    const bool follows = invocation.has("follow");
    if (invocation.has("json") && !follows) {
        json::Array all;
        for (const json::Object& attempt : *attempts) {
            all.emplace_back(attempt);
        }
        environment.out << json::dump(all) << "\n";
        return kExitOk;
    }
    for (const json::Object& attempt : *attempts) {
        if (invocation.has("json")) {
            environment.out << json::dump(attempt) << "\n";
        } else {
            print_story(environment.out, attempt);
        }
    }
    environment.out.flush();
    return follows ? follow(invocation, environment, api, latest(*attempts, {})) : kExitOk;
}

}  // namespace gatehouse::cli
