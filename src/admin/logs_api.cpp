// SPDX-License-Identifier: Apache-2.0
#include "admin/logs_api.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "admin/answers.h"
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

Result<std::optional<Timestamp>> parse_instant(const ListQuery& query, std::string_view name) {
    const std::string text = query.filter(name);
    if (text.empty()) {
        return std::nullopt;
    }
    const auto time = parse_time(text);
    if (!time) {
        return fail(ErrorCode::kInvalid, std::string(name) + ": " + time.error().message);
    }
    return *time;
}

Result<audit::OutcomeFilter> parse_outcome(const std::string& text) {
    using audit::OutcomeFilter;
    constexpr std::array<std::pair<std::string_view, OutcomeFilter>, 4> kNames{
        {{"", OutcomeFilter::kAny},
         {"ok", OutcomeFilter::kOk},
         {"error", OutcomeFilter::kError},
         {"open", OutcomeFilter::kOpen}}};
    for (const auto& [name, outcome] : kNames) {
        if (name == text) {
            return outcome;
        }
    }
    return fail(ErrorCode::kInvalid, "outcome must be ok, error or open");
}

}  // namespace

Result<audit::RecordFilter> parse_record_filter(const Dependencies& dependencies,
                                                const ListQuery& query) {
    audit::RecordFilter filter{.server = query.filter("server"),
                               .user = user_id_of(dependencies, query.filter("user")),
                               .client = query.filter("client"),
                               .tool = query.filter("tool"),
                               .effect = query.filter("decision"),
                               .kind = query.filter("kind"),
                               .event = query.filter("event"),
                               .method = query.filter("method"),
                               .connection = query.filter("connection"),
                               .request_id = query.filter("request_id"),
                               .trace_id = query.filter("trace_id"),
                               .rule = query.filter("rule"),
                               .reason = query.filter("reason"),
                               .text = query.filter("text"),
                               .limit = query.limit};
    const auto since = parse_instant(query, "since");
    const auto until = parse_instant(query, "until");
    const auto outcome = parse_outcome(query.filter("outcome"));
    const auto before = parse_id(query.cursor);
    const auto after = parse_id(query.filter("after"));
    for (const Error* error :
         {since ? nullptr : &since.error(), until ? nullptr : &until.error(),
          outcome ? nullptr : &outcome.error(), before ? nullptr : &before.error(),
          after ? nullptr : &after.error()}) {
        if (error != nullptr) {
            return std::unexpected(*error);
        }
    }
    filter.since = *since;
    filter.until = *until;
    filter.outcome = *outcome;
    filter.before_id = *before;
    filter.after_id = *after;
    return filter;
}

namespace {

/// Everything that was recorded before is in the store then. Writers take over one after the other:
/// what came meanwhile is left for the next time, so that whoever follows misses nothing.
Result<audit::RecordPage> find_records(const Dependencies& dependencies,
                                       audit::RecordFilter filter) {
    const std::uint64_t end =
        audit::first_id_at(dependencies.clock.now() + std::chrono::milliseconds(1));
    if (auto caught_up = dependencies.catch_up(); !caught_up) {
        return std::unexpected(caught_up.error());
    }
    if (filter.after_id != 0 && filter.before_id == 0) {
        filter.before_id = end;
    }
    return dependencies.records.find(filter);
}

http::Response list_logs(const Dependencies& dependencies, const http::Request& request) {
    auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    auto filter = parse_record_filter(dependencies, *query);
    if (!filter) {
        return problem(filter.error());
    }
    const auto records = find_records(dependencies, *std::move(filter));
    if (!records) {
        return problem(records.error());
    }
    Page page;
    for (const audit::StoredRecord& record : records->records) {
        page.items.emplace_back(audit::to_json(record));
    }
    if (records->next != 0) {
        page.next = std::to_string(records->next);
    }
    return page_response(page);
}

http::Response verify_logs(const Dependencies& dependencies) {
    const auto report = dependencies.verify_records();
    return report ? object_response(200, *report) : problem(report.error());
}

}  // namespace

void add_logs_routes(http::Router& router, const Dependencies& dependencies) {
    router.add("GET", "/api/v1/logs", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return list_logs(dependencies, request);
               }));
    router.add("POST", "/api/v1/logs/verify", http::WorkClass::kSlow,
               dependencies.guard.protect(
                   [&dependencies](const http::Request&) { return verify_logs(dependencies); }));
}

}  // namespace gatehouse::admin
