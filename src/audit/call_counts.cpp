// SPDX-License-Identifier: Apache-2.0
#include "audit/call_counts.h"

#include <string_view>
#include <utility>
#include <variant>

namespace gatehouse::audit {
namespace {

constexpr std::string_view kOther = "_other";

using Type = telemetry::MetricsText::Type;

/// The value itself while there is room for it.
std::string bounded(std::map<std::string, int>& known, const std::string& value, std::size_t most) {
    if (value.empty() || known.contains(value)) {
        return value;
    }
    if (known.size() >= most) {
        return std::string(kOther);
    }
    known.emplace(value, 1);
    return value;
}

std::string outcome_name(std::string_view effect, const CallOutcome& outcome) {
    if (effect == "deny" || effect == "require_scope") {
        return "refused";
    }
    if (outcome.http_status >= 500) {
        return "failed";
    }
    if (outcome.http_status >= 400) {
        return "rejected";
    }
    if (outcome.rpc_code) {
        return "rpc_error";
    }
    return outcome.is_error.value_or(false) ? "tool_error" : "ok";
}

double as_number(std::uint64_t value) {
    return static_cast<double>(value);
}

}  // namespace

void CallCounts::add(const std::vector<Entry>& entries) {
    const std::lock_guard lock(mutex_);
    for (const Entry& entry : entries) {
        if (const auto* intent = std::get_if<IntentEntry>(&entry)) {
            open(*intent);
        } else if (const auto* outcome = std::get_if<OutcomeEntry>(&entry)) {
            conclude(*outcome);
        } else {
            note_event(std::get<EventEntry>(entry));
        }
    }
}

void CallCounts::forget_oldest() {
    while (!order_.empty() && (open_.size() >= kMaxOpen || !open_.contains(order_.front()))) {
        open_.erase(order_.front());
        order_.pop_front();
    }
}

void CallCounts::open(const IntentEntry& intent) {
    ++decisions_[{intent.server, intent.effect, intent.reason}];
    forget_oldest();
    const bool is_tool = intent.method == "tools/call";
    // What was refused may name anything.
    const bool is_refused = intent.effect == "deny";
    open_[intent.id] = {
        .server = intent.server,
        .method = bounded(methods_[intent.server], intent.method, kMaxMethods),
        .tool = !is_tool ? std::string()
                         : bounded(tools_[intent.server], intent.item, is_refused ? 0 : kMaxTools),
        .effect = intent.effect,
        .bytes_in = intent.bytes_in};
    order_.push_back(intent.id);
}

void CallCounts::conclude(const OutcomeEntry& entry) {
    const auto found = open_.find(entry.id);
    if (found == open_.end() || !entry.outcome.last) {
        return;
    }
    const OpenCall call = std::move(found->second);
    open_.erase(found);
    ++calls_[{call.server, call.method, call.tool, outcome_name(call.effect, entry.outcome)}];
    Traffic& traffic = traffic_[call.server];
    traffic.in += call.bytes_in;
    traffic.out += entry.outcome.bytes_out;
    traffic.units += entry.outcome.units.value_or(0);
    Times& times = times_[{call.server, call.tool}];
    times.total.add(entry.outcome.duration);
    if (entry.outcome.runtime.count() > 0) {
        times.runtime.add(entry.outcome.runtime);
    }
}

void CallCounts::note_event(const EventEntry& event) {
    if (events_.size() < kMaxEvents || events_.contains(event.name)) {
        ++events_[event.name];
    }
    if (event.name == "grant.refreshed") {
        ++refreshes_[{event.server, "ok"}];
    } else if (event.name == "grant.needs_reconnect") {
        ++refreshes_[{event.server, "needs_reconnect"}];
    } else if (event.name == "grant.failed") {
        ++refreshes_[{event.server, "failed"}];
    }
}

void CallCounts::write(telemetry::MetricsText& page) const {
    const std::lock_guard lock(mutex_);
    page.family(
        "gatehouse_calls_total", Type::kCounter,
        "MCP requests that ended, by how: ok, tool_error, rpc_error, rejected (4xx), failed "
        "(5xx), refused.");
    for (const auto& [key, count] : calls_) {
        const auto& [server, method, tool, outcome] = key;
        page.sample({{"server", server}, {"method", method}, {"tool", tool}, {"outcome", outcome}},
                    as_number(count));
    }
    page.family("gatehouse_call_duration_seconds", Type::kHistogram,
                "From the request's arrival to the end of its answer.");
    for (const auto& [key, times] : times_) {
        page.sample({{"server", key.first}, {"tool", key.second}}, times.total);
    }
    page.family("gatehouse_runtime_duration_seconds", Type::kHistogram,
                "The runtime's part of it.");
    for (const auto& [key, times] : times_) {
        page.sample({{"server", key.first}, {"tool", key.second}}, times.runtime);
    }
    page.family("gatehouse_decisions_total", Type::kCounter,
                "What was decided about requests, by effect and reason.");
    for (const auto& [key, count] : decisions_) {
        const auto& [server, effect, reason] = key;
        page.sample({{"server", server}, {"effect", effect}, {"reason", reason}}, as_number(count));
    }
    page.family("gatehouse_bytes_total", Type::kCounter, "Bodies of requests and answers.");
    for (const auto& [server, traffic] : traffic_) {
        page.sample({{"server", server}, {"direction", "in"}}, as_number(traffic.in));
        page.sample({{"server", server}, {"direction", "out"}}, as_number(traffic.out));
    }
    page.family("gatehouse_units_total", Type::kCounter,
                "What calls cost in the operator's units.");
    for (const auto& [server, traffic] : traffic_) {
        page.sample({{"server", server}}, static_cast<double>(traffic.units));
    }
    page.family("gatehouse_events_total", Type::kCounter, "Security events.");
    for (const auto& [name, count] : events_) {
        page.sample({{"event", name}}, as_number(count));
    }
    page.family("gatehouse_grant_refreshes_total", Type::kCounter,
                "Refreshes of downstream tokens, by how they ended.");
    for (const auto& [key, count] : refreshes_) {
        page.sample({{"server", key.first}, {"outcome", key.second}}, as_number(count));
    }
    page.family("gatehouse_open_calls", Type::kGauge,
                "Recorded calls and streams whose end is not recorded yet.");
    page.sample({}, as_number(open_.size()));
}

}  // namespace gatehouse::audit
