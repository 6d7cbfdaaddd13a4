// SPDX-License-Identifier: Apache-2.0
#include "proxy/accept.h"

#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kBoth = "application/json, text/event-stream";

std::string_view media_type(std::string_view value) {
    return trim(value.substr(0, value.find(';')));
}

struct Wishes {
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

void read_ranges(std::string_view value, Wishes& wishes) {
    for (const auto range : split(value, ',')) {
        const auto type = media_type(range);
        if (type.empty() || is_refused(range)) {
            continue;
        }
        const bool all = type == "*/*";
        wishes.anything = wishes.anything || all;
        wishes.json = wishes.json || all || iequals(type, kJson) || iequals(type, "application/*");
        wishes.events = wishes.events || iequals(type, kEvents) || iequals(type, "text/*");
    }
    wishes.given = wishes.given || !trim(value).empty();
}

Wishes read_accept(const http::RequestHead& head) {
    Wishes wishes;
    for (const auto& header : head.headers) {
        if (header.id != http::HeaderId::kAccept) {
            continue;
        }
        // Nearly every client says exactly this.
        if (header.value == kBoth) {
            wishes.given = wishes.json = wishes.events = true;
        } else {
            read_ranges(header.value, wishes);
        }
    }
    return wishes;
}

// A GET asks for a stream and nothing else.
std::string_view complete(const Wishes& wishes, std::string_view method) {
    if (method == "GET") {
        return kEvents;
    }
    if (!wishes.given || wishes.anything || (wishes.json && wishes.events)) {
        return kBoth;
    }
    return wishes.json ? kJson : kEvents;
}

}  // namespace

bool is_json_content(std::string_view content_type) {
    if (content_type == kJson) {
        return true;
    }
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

Accept judge_accept(const http::RequestHead& head) {
    const Wishes wishes = read_accept(head);
    const bool stream = head.method == "GET";
    return {.usable = stream ? wishes.events : !wishes.given || wishes.json || wishes.events,
            .complete = complete(wishes, head.method)};
}

}  // namespace gatehouse::proxy
