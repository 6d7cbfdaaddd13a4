// SPDX-License-Identifier: Apache-2.0
#include "attempts/attempt.h"

#include <algorithm>
#include <array>

#include "base/units.h"
#include "crypto/digest.h"

namespace gatehouse::attempts {
namespace {

constexpr std::array<std::string_view, kSteps> kNames{
    "challenge", "resource_metadata", "server_metadata", "registration", "authorize",
    "sign_in",   "consent",           "downstream",      "code",         "token",
    "refresh",   "first_call"};

void put(json::Object& out, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        out[name] = value;
    }
}

json::Object event_json(const Event& event) {
    json::Object out{
        {"time", format_time(event.time)}, {"step", name_of(event.step)}, {"ok", event.ok}};
    put(out, "method", event.method);
    put(out, "path", event.path);
    put(out, "ip", event.ip);
    put(out, "user_agent", event.user_agent);
    if (event.status != 0) {
        out["status"] = event.status;
    }
    put(out, "problem", event.problem);
    if (!event.sent.empty()) {
        out["sent"] = event.sent;
    }
    if (!event.answered.empty()) {
        out["answered"] = event.answered;
    }
    return out;
}

std::string text_of(const json::Object& object, std::string_view name) {
    return json::get_string(object, name).value_or("");
}

Timestamp time_of(const json::Object& object, std::string_view name) {
    const auto time = parse_time(text_of(object, name));
    return time ? *time : Timestamp{};
}

json::Object object_of(const json::Object& object, std::string_view name) {
    const json::Value* value = object.if_contains(name);
    return value != nullptr && value->is_object() ? value->get_object() : json::Object{};
}

Event read_event(const json::Object& object) {
    const auto step = std::ranges::find(kNames, text_of(object, "step"));
    return {
        .time = time_of(object, "time"),
        .step = step == kNames.end() ? Step::kChallenge : static_cast<Step>(step - kNames.begin()),
        .ok = json::get_bool(object, "ok").value_or(false),
        .method = text_of(object, "method"),
        .path = text_of(object, "path"),
        .ip = text_of(object, "ip"),
        .user_agent = text_of(object, "user_agent"),
        .status = static_cast<int>(json::get_int(object, "status").value_or(0)),
        .problem = text_of(object, "problem"),
        .sent = object_of(object, "sent"),
        .answered = object_of(object, "answered")};
}

}  // namespace

std::string_view name_of(Step step) {
    return kNames[static_cast<std::size_t>(step)];
}

const Event* Attempt::last(Step step) const {
    const auto found = std::find_if(events.rbegin(), events.rend(),
                                    [&](const Event& event) { return event.step == step; });
    return found == events.rend() ? nullptr : &*found;
}

const Event* Attempt::last_good(Step step) const {
    const auto found = std::find_if(events.rbegin(), events.rend(), [&](const Event& event) {
        return event.step == step && event.ok;
    });
    return found == events.rend() ? nullptr : &*found;
}

json::Object to_json(const Attempt& attempt, Timestamp now) {
    const Verdict verdict = judge(attempt, now);
    json::Object out{{"id", attempt.id},
                     {"origin", "api"},
                     {"started_at", format_time(attempt.started_at)},
                     {"updated_at", format_time(attempt.updated_at)}};
    put(out, "server", attempt.server);
    put(out, "client", attempt.client);
    put(out, "client_name", attempt.client_name);
    if (!attempt.events.empty()) {
        put(out, "user_agent", attempt.events.front().user_agent);
    }
    json::Object judged{{"code", verdict.code}, {"text", verdict.text}};
    put(judged, "remedy", verdict.remedy);
    out["verdict"] = std::move(judged);
    json::Array events;
    for (const Event& event : attempt.events) {
        events.emplace_back(event_json(event));
    }
    out["events"] = std::move(events);
    if (attempt.left_out > 0) {
        out["left_out"] = attempt.left_out;
    }
    return out;
}

Attempt from_json(const json::Object& object) {
    Attempt attempt{.id = text_of(object, "id"),
                    .started_at = time_of(object, "started_at"),
                    .updated_at = time_of(object, "updated_at"),
                    .server = text_of(object, "server"),
                    .client = text_of(object, "client"),
                    .client_name = text_of(object, "client_name")};
    attempt.left_out = static_cast<std::size_t>(json::get_int(object, "left_out").value_or(0));
    const json::Value* events = object.if_contains("events");
    if (events != nullptr && events->is_array()) {
        for (const json::Value& event : events->get_array()) {
            if (event.is_object()) {
                attempt.events.push_back(read_event(event.get_object()));
            }
        }
    }
    return attempt;
}

std::string fingerprint(std::string_view secret) {
    return crypto::token_digest(secret).substr(0, 8);
}

}  // namespace gatehouse::attempts
