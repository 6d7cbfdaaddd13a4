// SPDX-License-Identifier: Apache-2.0
#include "proxy/accept.h"

#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";

std::string_view media_type(std::string_view value) {
    return trim(value.substr(0, value.find(';')));
}

struct Accepted {
    bool given = false, json = false, events = false, anything = false;
};

bool is_refused(std::string_view range) {
    for (const auto part : split(range, ';')) {
        const auto parameter = trim(part);
        if (parameter == "q=0" || parameter == "q=0.0" || parameter == "q=0.00" ||
            parameter == "q=0.000") {
            return true;
        }
    }
    return false;
}

Accepted read_accept(const http::RequestHead& head) {
    Accepted accepted;
    for (const auto& header : head.headers) {
        if (header.id != http::HeaderId::kAccept) {
            continue;
        }
        for (const auto range : split(header.value, ',')) {
            const auto type = media_type(range);
            if (type.empty() || is_refused(range)) {
                continue;
            }
            const bool all = type == "*/*";
            accepted.anything = accepted.anything || all;
            accepted.json =
                accepted.json || all || iequals(type, kJson) || iequals(type, "application/*");
            accepted.events = accepted.events || iequals(type, kEvents) || iequals(type, "text/*");
        }
        accepted.given = accepted.given || !trim(header.value).empty();
    }
    return accepted;
}

}  // namespace

bool is_json_content(std::string_view content_type) {
    if (!iequals(media_type(content_type), kJson)) {
        return false;
    }
    for (const auto part : split(content_type, ';')) {
        const auto parameter = to_lower(trim(part));
        if (parameter.starts_with("charset=") && parameter != "charset=utf-8" &&
            parameter != R"(charset="utf-8")") {
            return false;
        }
    }
    return true;
}

bool is_event_stream(std::string_view content_type) {
    return iequals(media_type(content_type), kEvents);
}

bool accept_is_usable(const http::RequestHead& head) {
    const Accepted accepted = read_accept(head);
    if (head.method == "GET") {
        return accepted.events;
    }
    return !accepted.given || accepted.json || accepted.events;
}

std::string_view complete_accept(const http::RequestHead& head) {
    const Accepted accepted = read_accept(head);
    if (head.method == "GET") {
        return kEvents;
    }
    if (!accepted.given || accepted.anything || (accepted.json && accepted.events)) {
        return "application/json, text/event-stream";
    }
    return accepted.json ? kJson : kEvents;
}

}  // namespace gatehouse::proxy
