// SPDX-License-Identifier: Apache-2.0
#include "export/otlp_sink.h"

#include <fmt/format.h>

#include <chrono>

namespace gatehouse::exports {
namespace {

using audit::EventEntry;
using audit::IntentEntry;
using audit::StoredRecord;
using std::chrono::microseconds;

constexpr int kSpanServer = 2;
constexpr int kSpanClient = 3;
constexpr int kStatusError = 2;
constexpr int kInfo = 9;
constexpr int kWarn = 13;

/// 64-bit integers are texts in OTLP's JSON.
std::string nanos(Timestamp time, microseconds after = microseconds(0)) {
    return std::to_string((microseconds(to_unix_millis(time) * 1000) + after).count() * 1000);
}

json::Object attribute(std::string_view name, std::string_view value) {
    return {{"key", name}, {"value", json::Object{{"stringValue", value}}}};
}

void put(json::Array& out, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        out.emplace_back(attribute(name, value));
    }
}

void put(json::Array& out, std::string_view name, std::int64_t value) {
    out.emplace_back(
        json::Object{{"key", name}, {"value", json::Object{{"intValue", std::to_string(value)}}}});
}

json::Array call_attributes(const IntentEntry& call, const StoredRecord& record) {
    json::Array out;
    put(out, "gatehouse.server", call.server);
    put(out, "gatehouse.decision", call.effect);
    put(out, "gatehouse.rule", call.rule);
    put(out, "gatehouse.request_id", call.request_id);
    put(out, "mcp.method.name", call.method);
    put(out, "mcp.protocol.version", call.revision);
    put(out, call.method == "tools/call" ? "gen_ai.tool.name" : "mcp.item", call.item);
    put(out, "enduser.id", call.user);
    put(out, "oauth.client_id", call.client);
    put(out, "user_agent.original", call.client_version);
    put(out, "url.full", call.runtime);
    if (record.outcome) {
        put(out, "http.response.status_code", record.outcome->http_status);
        if (record.outcome->rpc_code) {
            put(out, "rpc.response.status_code", *record.outcome->rpc_code);
        }
        put(out, "error.message", record.outcome->error);
    }
    return out;
}

bool has_failed(const audit::CallOutcome& outcome) {
    return outcome.http_status >= 400 || outcome.rpc_code || outcome.is_error.value_or(false);
}

json::Object log_record(const StoredRecord& record) {
    const auto* call = std::get_if<IntentEntry>(&record.what);
    const Timestamp time = call != nullptr ? call->time : std::get<EventEntry>(record.what).time;
    const bool refused = call != nullptr && call->effect != "allow";
    const bool failed = record.outcome && has_failed(*record.outcome);
    json::Object out{{"timeUnixNano", nanos(time)},
                     {"severityNumber", refused || failed ? kWarn : kInfo},
                     {"severityText", refused || failed ? "WARN" : "INFO"},
                     {"body", json::Object{{"stringValue", json::dump(audit::to_json(record))}}}};
    if (call != nullptr) {
        out["attributes"] = call_attributes(*call, record);
        if (!call->trace_id.empty()) {
            out["traceId"] = call->trace_id;
        }
    } else {
        json::Array attributes;
        put(attributes, "event.name", std::get<EventEntry>(record.what).name);
        put(attributes, "gatehouse.server", std::get<EventEntry>(record.what).server);
        out["attributes"] = std::move(attributes);
    }
    return out;
}

/// The id that the runtime was told as its parent.
std::string span_id(const IntentEntry& call) {
    return call.request_id.size() == 32 ? call.request_id.substr(16)
                                        : fmt::format("{:016x}", call.id);
}

void add_spans(json::Array& spans, const StoredRecord& record) {
    const auto* call = std::get_if<IntentEntry>(&record.what);
    if (call == nullptr || !record.outcome || !record.outcome->last || call->trace_id.empty()) {
        return;
    }
    const audit::CallOutcome& outcome = *record.outcome;
    const std::string item = call->item.empty() ? "" : " " + call->item;
    json::Object span{{"traceId", call->trace_id},
                      {"spanId", span_id(*call)},
                      {"name", call->method + item},
                      {"kind", kSpanServer},
                      {"startTimeUnixNano", nanos(call->time)},
                      {"endTimeUnixNano", nanos(call->time, outcome.duration)},
                      {"attributes", call_attributes(*call, record)}};
    if (has_failed(outcome)) {
        span["status"] = json::Object{{"code", kStatusError}, {"message", outcome.error}};
    }
    spans.emplace_back(std::move(span));
    if (outcome.runtime.count() == 0) {
        return;
    }
    json::Array attributes;
    put(attributes, "url.full", call->runtime);
    spans.emplace_back(
        json::Object{{"traceId", call->trace_id},
                     {"spanId", fmt::format("{:016x}", call->id)},
                     {"parentSpanId", span_id(*call)},
                     {"name", "runtime " + call->server},
                     {"kind", kSpanClient},
                     {"startTimeUnixNano", nanos(call->time, outcome.duration - outcome.runtime)},
                     {"endTimeUnixNano", nanos(call->time, outcome.duration)},
                     {"attributes", std::move(attributes)}});
}

json::Object scope() {
    return {{"name", "gatehouse"}};
}

}  // namespace

json::Object OtlpSink::resource() const {
    return {{"attributes", json::Array{attribute("service.name", "gatehouse"),
                                       attribute("service.version", options_.version),
                                       attribute("service.instance.id", options_.replica)}}};
}

Result<void> OtlpSink::post(const json::Object& body) const {
    http::ClientRequest request{
        .method = "POST",
        .url = options_.url + (options_.signal == Signal::kLogs ? "/v1/logs" : "/v1/traces"),
        .body = json::dump(body)};
    request.headers.set("Content-Type", "application/json");
    for (const auto& [name, value] : options_.headers) {
        request.headers.set(name, std::string(value.reveal()));
    }
    const auto answer = client_.send(request);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status < 200 || answer->status > 299) {
        return fail(ErrorCode::kPeer, fmt::format("the collector answers {}", answer->status));
    }
    return {};
}

Result<std::size_t> OtlpSink::take(const std::vector<audit::ChainedRecord>& records) {
    json::Array items;
    for (const audit::ChainedRecord& chained : records) {
        if (options_.signal == Signal::kLogs) {
            items.emplace_back(log_record(chained.record));
        } else {
            add_spans(items, chained.record);
        }
    }
    if (items.empty()) {
        return records.size();
    }
    json::Object body;
    if (options_.signal == Signal::kLogs) {
        body["resourceLogs"] = json::Array{json::Object{
            {"resource", resource()},
            {"scopeLogs",
             json::Array{json::Object{{"scope", scope()}, {"logRecords", std::move(items)}}}}}};
    } else {
        body["resourceSpans"] = json::Array{json::Object{
            {"resource", resource()},
            {"scopeSpans",
             json::Array{json::Object{{"scope", scope()}, {"spans", std::move(items)}}}}}};
    }
    if (auto sent = post(body); !sent) {
        return std::unexpected(sent.error());
    }
    return records.size();
}

}  // namespace gatehouse::exports
