// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "base/strings.h"
#include "base/units.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kFollowStart = 20;
/// Walking ten million records takes minutes.
constexpr std::chrono::minutes kVerifyTimeout{30};

/// Options, and what the API calls them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kFilters{
    {{"server", "server"},
     {"user", "user"},
     {"tool", "tool"},
     {"client", "client"},
     {"method", "method"},
     {"decision", "decision"},
     {"rule", "rule"},
     {"outcome", "outcome"},
     {"kind", "kind"},
     {"event", "event"},
     {"request-id", "request_id"},
     {"trace-id", "trace_id"},
     {"connection", "connection"},
     {"search", "text"}}};

Result<FormFields> query_of(const Invocation& invocation, const Clock& clock) {
    FormFields query;
    for (const auto& [option, name] : kFilters) {
        if (invocation.has(option)) {
            query.emplace_back(name, invocation.get(option));
        }
    }
    for (const char* name : {"since", "until"}) {
        if (!invocation.has(name)) {
            continue;
        }
        auto time = since_text(invocation.get(name), clock);
        if (!time) {
            return fail(ErrorCode::kInvalid,
                        fmt::format("--{}: expected 30m, 1h, 7d or a time such as "
                                    "2026-11-24T10:00:00Z",
                                    name));
        }
        query.emplace_back(name, *std::move(time));
    }
    return query;
}

Result<std::size_t> limit_of(const Invocation& invocation) {
    if (!invocation.has("limit")) {
        return invocation.has("follow") && !invocation.has("since") ? kFollowStart : 0;
    }
    const auto limit = parse_uint(invocation.get("limit"));
    if (!limit || *limit == 0) {
        return fail(ErrorCode::kInvalid, "--limit: expected a number from 1 on");
    }
    return static_cast<std::size_t>(*limit);
}

std::string line_of(const json::Object& record) {
    return fmt::format("{}  {:<12} {:<24} {:<12} {:<20} {} {} {}", cell(record, "time"),
                       cell(record, "server"), cell(record, "event|method"), cell(record, "user"),
                       cell(record, "item"), cell(record, "decision.effect"),
                       cell(record, "http_status"), cell(record, "decision.reason"));
}

void print(const Invocation& invocation, std::ostream& out, const json::Object& record) {
    out << (invocation.has("json") ? json::dump(record) : line_of(record)) << "\n";
}

/// Prints what came after `last`, which moves on; nothing was there yet while it is empty.
Result<void> print_newer(const Invocation& invocation,
                         Environment& environment,
                         AdminApi& api,
                         const FormFields& query,
                         std::string& last) {
    while (true) {
        std::vector<json::Object> records;
        std::string next;
        if (last.empty()) {
            auto all = api.list("logs", query);
            if (!all) {
                return std::unexpected(all.error());
            }
            records = *std::move(all);
            std::ranges::reverse(records);
        } else {
            FormFields newer = query;
            newer.emplace_back("after", last);
            auto page = api.page("logs", newer);
            if (!page) {
                return std::unexpected(page.error());
            }
            records = std::move(page->items);
            next = std::move(page->next);
        }
        for (const json::Object& record : records) {
            print(invocation, environment.out, record);
        }
        environment.out.flush();
        if (next.empty() && !records.empty()) {
            next = json::get_string(records.back(), "id").value_or("");
        }
        if (next.empty() || next == last) {
            return records.empty() ? Result<void>{}
                                   : fail(ErrorCode::kPeer, "the gateway's records have no ids");
        }
        last = std::move(next);
    }
}

int follow(const Invocation& invocation,
           Environment& environment,
           AdminApi& api,
           const FormFields& query,
           std::string last) {
    while (environment.wait()) {
        if (auto printed = print_newer(invocation, environment, api, query, last); !printed) {
            return failed(environment, printed.error());
        }
    }
    return kExitOk;
}

}  // namespace

Result<std::string> since_text(const std::string& typed, const Clock& clock) {
    if (const auto duration = parse_duration(typed)) {
        return format_time(clock.now() - *duration);
    }
    if (const auto time = parse_time(typed)) {
        return format_time(*time);
    }
    return fail(ErrorCode::kInvalid,
                "--since: expected 30m, 1h, 7d or a time such as 2026-11-24T10:00:00Z");
}

int run_logs(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto query = query_of(invocation, environment.clock);
    if (!query) {
        return misused(environment, query.error().message);
    }
    const auto limit = limit_of(invocation);
    if (!limit) {
        return misused(environment, limit.error().message);
    }
    auto records = api.list("logs", *query, *limit);
    if (!records) {
        return failed(environment, records.error());
    }
    // The API lists the newest first; people read downwards.
    std::ranges::reverse(*records);
    for (const json::Object& record : *records) {
        print(invocation, environment.out, record);
    }
    environment.out.flush();
    if (!invocation.has("follow")) {
        return kExitOk;
    }
    std::string last =
        records->empty() ? std::string() : json::get_string(records->back(), "id").value_or("");
    return follow(invocation, environment, api, *query, std::move(last));
}

int run_logs_export(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto query = query_of(invocation, environment.clock);
    if (!query) {
        return misused(environment, query.error().message);
    }
    std::string after = "1";
    while (!after.empty()) {
        FormFields page_query = *query;
        page_query.emplace_back("limit", "1000");
        page_query.emplace_back("after", after);
        const auto page = api.page("logs", page_query);
        if (!page) {
            return failed(environment, page.error());
        }
        for (const json::Object& record : page->items) {
            environment.out << json::dump(record) << "\n";
        }
        after = page->next;
    }
    environment.out.flush();
    return environment.out ? kExitOk : kExitFailed;
}

int run_logs_verify(const Invocation& invocation, Environment& environment, AdminApi& api) {
    const auto report = api.change("POST", "logs/verify", {}, kVerifyTimeout);
    if (!report) {
        return failed(environment, report.error());
    }
    const bool is_good = json::get_bool(*report, "ok").value_or(false);
    if (invocation.has("json")) {
        environment.out << json::dump(*report) << "\n";
        return is_good ? kExitOk : kExitFailed;
    }
    environment.out << fmt::format(
        "{} records in {} chain(s), {} links, {} anchors, {} retired: {}\n",
        cell(*report, "records"), cell(*report, "chains"), cell(*report, "links"),
        cell(*report, "anchors"), cell(*report, "retired"),
        is_good ? "everything is as it was recorded"
                : fmt::format("{} thing(s) are not as they were recorded", cell(*report, "found")));
    if (const auto* findings = report->if_contains("findings");
        findings != nullptr && findings->is_array()) {
        for (const json::Value& finding : findings->get_array()) {
            if (finding.is_object()) {
                environment.out << fmt::format("{}: {}\n", cell(finding.get_object(), "kind"),
                                               cell(finding.get_object(), "text"));
            }
        }
    }
    return is_good ? kExitOk : kExitFailed;
}

}  // namespace gatehouse::cli
