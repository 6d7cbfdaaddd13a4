// SPDX-License-Identifier: Apache-2.0
#include "admin/logs_api.h"

#include "admin/listing.h"
#include "admin/problem.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

Result<std::uint64_t> parse_id(const std::string& text) {
    if (text.empty()) {
        return 0;
    }
    const auto id = parse_uint(text);
    if (!id || *id > static_cast<std::uint64_t>(INT64_MAX)) {
        return fail(ErrorCode::kInvalid, "not a record id: " + to_safe_ascii(text, 40));
    }
    return *id;
}

/// People may be named by id, by name or by e-mail.
std::string user_id_of(const Dependencies& dependencies, const std::string& user) {
    if (user.empty()) {
        return user;
    }
    const auto found = dependencies.users.find_by_id_or_login(user);
    return found ? found->id : user;
}

Result<audit::RecordFilter> parse_filter(const Dependencies& dependencies, const ListQuery& query) {
    audit::RecordFilter filter{.server = query.filter("server"),
                               .user = user_id_of(dependencies, query.filter("user")),
                               .client = query.filter("client"),
                               .tool = query.filter("tool"),
                               .effect = query.filter("decision"),
                               .kind = query.filter("kind"),
                               .event = query.filter("event"),
                               .limit = query.limit};
    if (const std::string since = query.filter("since"); !since.empty()) {
        auto time = parse_time(since);
        if (!time) {
            return std::unexpected(time.error());
        }
        filter.since = *time;
    }
    auto before = parse_id(query.cursor);
    auto after = parse_id(query.filter("after"));
    if (!before || !after) {
        return std::unexpected(before ? after.error() : before.error());
    }
    filter.before_id = *before;
    filter.after_id = *after;
    return filter;
}

http::Response list_logs(const Dependencies& dependencies, const http::Request& request) {
    auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    auto filter = parse_filter(dependencies, *query);
    if (!filter) {
        return problem(filter.error());
    }
    if (auto caught_up = dependencies.catch_up(); !caught_up) {
        return problem(caught_up.error());
    }
    auto records = dependencies.records.find(*filter);
    if (!records) {
        return problem(records.error());
    }
    Page page;
    for (const audit::StoredRecord& record : *records) {
        page.items.emplace_back(audit::to_json(record));
    }
    if (records->size() == filter->limit && filter->after_id == 0) {
        page.next = json::get_string(page.items.back().as_object(), "id").value_or("");
    }
    return page_response(page);
}

}  // namespace

void add_logs_routes(http::Router& router, const Dependencies& dependencies) {
    router.add("GET", "/api/v1/logs", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return list_logs(dependencies, request);
               }));
}

}  // namespace gatehouse::admin
