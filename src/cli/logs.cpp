// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/strings.h"
#include "base/units.h"
#include "cli/internal/handlers.h"
#include "cli/internal/table.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kFollowStart = 20;

Result<FormFields> query_of(const Invocation& invocation, const Clock& clock) {
    FormFields query;
    for (const char* name : {"server", "user", "tool", "decision", "kind"}) {
        if (invocation.has(name)) {
            query.emplace_back(name, invocation.get(name));
        }
    }
    if (invocation.has("since")) {
        auto since = since_text(invocation.get("since"), clock);
        if (!since) {
            return std::unexpected(since.error());
        }
        query.emplace_back("since", *std::move(since));
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
        }
        for (const json::Object& record : records) {
            print(invocation, environment.out, record);
        }
        environment.out.flush();
        if (records.empty()) {
            return {};
        }
        const auto newest = json::get_string(records.back(), "id");
        if (!newest || *newest == last) {
            return fail(ErrorCode::kPeer, "the gateway's records have no ids");
        }
        last = *newest;
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

}  // namespace gatehouse::cli
