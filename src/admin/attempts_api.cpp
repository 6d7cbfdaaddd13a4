// SPDX-License-Identifier: Apache-2.0
#include "admin/attempts_api.h"

#include <algorithm>

#include "admin/answers.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "base/encoding.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kItem = "/api/v1/attempts/{id}";

bool matches(const attempts::Attempt& attempt, const ListQuery& query, Timestamp now) {
    const std::string server = query.filter("server");
    const std::string client = query.filter("client");
    const std::string verdict = query.filter("verdict");
    return (server.empty() || attempt.server == server) &&
           (client.empty() || attempt.client == client || attempt.client_name == client) &&
           (verdict.empty() || attempts::judge(attempt, now).code == verdict);
}

http::Response list_attempts(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    std::optional<Timestamp> after;
    if (const std::string text = query->filter("after"); !text.empty()) {
        const auto time = parse_time(text);
        if (!time) {
            return problem(time.error());
        }
        after = *time;
    }
    const auto all = dependencies.attempts.list();
    if (!all) {
        return problem(all.error());
    }
    const Timestamp now = dependencies.clock.now();
    Page page;
    for (const attempts::Attempt& attempt : *all) {
        const bool seen = !query->cursor.empty() && attempt.id >= query->cursor;
        if (seen || (after && attempt.updated_at <= *after) || !matches(attempt, *query, now)) {
            continue;
        }
        if (page.items.size() == query->limit) {
            page.next = json::get_string(page.items.back().as_object(), "id").value_or("");
            break;
        }
        page.items.emplace_back(attempts::to_json(attempt, now));
    }
    return page_response(page);
}

http::Response show_attempt(const Dependencies& dependencies, const http::Request& request) {
    const auto parameters = http::path_parameters(kItem, request.path);
    const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    const auto all = dependencies.attempts.list();
    if (!all) {
        return problem(all.error());
    }
    const auto found = std::ranges::find_if(
        *all, [&](const attempts::Attempt& attempt) { return attempt.id == id; });
    return found == all->end()
               ? problem(404, "Not Found", "there is no such attempt")
               : object_response(200, attempts::to_json(*found, dependencies.clock.now()));
}

}  // namespace

void add_attempts_routes(http::Router& router, const Dependencies& dependencies) {
    router.add("GET", "/api/v1/attempts", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return list_attempts(dependencies, request);
               }));
    router.add("GET", std::string(kItem), http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return show_attempt(dependencies, request);
               }));
}

}  // namespace gatehouse::admin
