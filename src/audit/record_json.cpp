// SPDX-License-Identifier: Apache-2.0
#include "audit/record_store.h"
#include "base/units.h"

namespace gatehouse::audit {
namespace {

void put_text(json::Object& out, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        out[name] = value;
    }
}

/// Redacted text is JSON, unless it was cut: then it is shown as text.
void put_json(json::Object& out, std::string_view name, const std::string& text) {
    if (!text.empty()) {
        const auto parsed = json::parse(text);
        out[name] = parsed ? *parsed : json::Value(text);
    }
}

double to_milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
}

void put_outcome(json::Object& out, const CallOutcome& outcome) {
    out["http_status"] = outcome.http_status;
    if (outcome.rpc_code) {
        out["rpc_code"] = *outcome.rpc_code;
    }
    if (outcome.is_error) {
        out["is_error"] = *outcome.is_error;
    }
    out["duration_ms"] = to_milliseconds(outcome.duration);
    if (outcome.runtime.count() > 0) {
        out["runtime_ms"] = to_milliseconds(outcome.runtime);
    }
    out["bytes_out"] = outcome.bytes_out;
    if (outcome.units) {
        out["units"] = *outcome.units;
    }
    put_text(out, "error", outcome.error);
    put_json(out, "result", outcome.result);
    if (!outcome.last) {
        out["open"] = true;
    }
}

json::Object call_to_json(const IntentEntry& call, const std::optional<CallOutcome>& outcome) {
    json::Object out{{"v", 1},
                     {"id", std::to_string(call.id)},
                     {"time", format_time(call.time)},
                     {"kind", "call"}};
    put_text(out, "request_id", call.request_id);
    put_text(out, "trace_id", call.trace_id);
    put_text(out, "server", call.server);
    put_text(out, "user", call.user);
    put_text(out, "client", call.client);
    put_text(out, "client_version", call.client_version);
    put_text(out, "connection", call.connection);
    put_text(out, "revision", call.revision);
    put_text(out, "method", call.method);
    put_text(out, "item", call.item);
    put_text(out, "runtime", call.runtime);
    json::Object decision;
    put_text(decision, "effect", call.effect);
    put_text(decision, "rule", call.rule);
    put_text(decision, "reason", call.reason);
    if (!decision.empty()) {
        out["decision"] = std::move(decision);
    }
    if (outcome) {
        put_outcome(out, *outcome);
    }
    out["bytes_in"] = call.bytes_in;
    put_json(out, "arguments", call.arguments);
    return out;
}

json::Object event_to_json(const EventEntry& event) {
    json::Object out{{"v", 1},
                     {"id", std::to_string(event.id)},
                     {"time", format_time(event.time)},
                     {"kind", "event"},
                     {"event", event.name}};
    put_text(out, "request_id", event.request_id);
    put_text(out, "server", event.server);
    put_text(out, "user", event.user);
    put_text(out, "client", event.client);
    put_text(out, "connection", event.connection);
    put_text(out, "client_ip", event.client_ip);
    if (!event.detail.empty()) {
        if (auto detail = json::parse(event.detail)) {
            out["detail"] = std::move(*detail);
        }
    }
    return out;
}

}  // namespace

json::Object to_json(const StoredRecord& record) {
    if (const auto* call = std::get_if<IntentEntry>(&record.what)) {
        return call_to_json(*call, record.outcome);
    }
    return event_to_json(std::get<EventEntry>(record.what));
}

}  // namespace gatehouse::audit
