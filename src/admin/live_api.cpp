// SPDX-License-Identifier: Apache-2.0
#include "admin/live_api.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "base/encoding.h"
#include "base/json.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kLogs = "/api/v1/logs";
constexpr std::string_view kLastEventId = "Last-Event-ID";
constexpr std::string_view kBeforeEverything = "1";

/// The request for the log that this turn of the stream stands for.
http::Request log_request(const http::Request& request, std::string& after) {
    http::Request logs = request;
    logs.path = kLogs;
    auto fields = parse_form(request.query).value_or(FormFields{});
    if (const auto reached = request.headers.get(kLastEventId)) {
        after = *reached;
    } else if (const auto named =
                   std::ranges::find(fields, "after", &FormFields::value_type::first);
               named != fields.end()) {
        after = named->second;
    }
    std::erase_if(fields, [](const auto& field) {
        return field.first == "after" || field.first == "limit" || field.first == "cursor";
    });
    if (!after.empty()) {
        fields.emplace_back("after", after);
    }
    // Without a place to begin, the newest record is that place.
    fields.emplace_back("limit", after.empty() ? "1" : "200");
    logs.query = encode_form(fields);
    return logs;
}

std::string event_text(const json::Object& record) {
    return "id: " + json::get_string(record, "id").value_or("") +
           "\nevent: " + json::get_string(record, "kind").value_or("call") +
           "\ndata: " + json::dump(record) + "\n\n";
}

http::Response next_events(const http::Handler& logs, const http::Request& request) {
    std::string after;
    http::Response answer = logs(log_request(request, after));
    if (answer.status != 200) {
        return answer;
    }
    const auto page = json::parse_object(answer.body);
    const bool begins = after.empty();
    std::string body;
    for (const json::Value& item : page ? page->at("items").as_array() : json::Array{}) {
        const json::Object& record = item.as_object();
        after = json::get_string(record, "id").value_or(after);
        body += begins ? std::string() : event_text(record);
    }
    if (const auto next = page && !begins ? json::get_string(*page, "next") : std::nullopt) {
        after = *next;  // a search may have looked at much and found nothing
    }
    if (after.empty()) {
        after = kBeforeEverything;
    }
    http::Response events{.status = 200, .headers = {}, .body = std::move(body)};
    events.headers.set("Content-Type", "text/event-stream");
    events.headers.set("Cache-Control", "no-store");
    events.headers.set(std::string(kLastEventId), after);
    return events;
}

}  // namespace

void add_live_route(http::Router& router) {
    const auto logs = router.match("GET", kLogs);
    GATEHOUSE_ASSERT(logs.handler != nullptr);
    // It comes with the guard of the log.
    router.add("GET", std::string(kLivePath), http::WorkClass::kQuick,
               [logs = *logs.handler](const http::Request& request) {
                   return next_events(logs, request);
               });
}

}  // namespace gatehouse::admin
