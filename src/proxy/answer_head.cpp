// SPDX-License-Identifier: Apache-2.0
#include "proxy/answer_head.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "proxy/accept.h"
#include "proxy/route_table.h"

namespace gatehouse::proxy {
namespace {

constexpr std::array<std::string_view, 29> kDropped{"set-cookie",
                                                    "set-cookie2",
                                                    "www-authenticate",
                                                    "location",
                                                    "connection",
                                                    "keep-alive",
                                                    "proxy-connection",
                                                    "te",
                                                    "trailer",
                                                    "transfer-encoding",
                                                    "upgrade",
                                                    "content-length",
                                                    "server",
                                                    "date",
                                                    "mcp-session-id",
                                                    "x-request-id",
                                                    "proxy-authenticate",
                                                    "authentication-info",
                                                    "alt-svc",
                                                    "cache-control",
                                                    "expires",
                                                    "age",
                                                    "pragma",
                                                    "clear-site-data",
                                                    "refresh",
                                                    "report-to",
                                                    "reporting-endpoints",
                                                    "content-location",
                                                    "strict-transport-security"};
constexpr std::array<std::string_view, 2> kDroppedPrefixes{"access-control-", "x-gateway-"};

bool is_dropped(std::string_view name, bool event_stream) {
    if (event_stream && name == "x-accel-buffering") {
        return true;
    }
    return std::ranges::find(kDropped, name) != kDropped.end() ||
           std::ranges::any_of(kDroppedPrefixes,
                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

void AnswerHead::clear() {
    status = 200;
    event_stream = false;
    session_id.clear();
    text_.clear();
    fields_.clear();
}

void AnswerHead::add(std::string_view name, std::string_view value) {
    fields_.push_back({.name = text_.size(),
                       .name_size = name.size(),
                       .value = text_.size() + name.size(),
                       .value_size = value.size()});
    text_ += name;
    text_ += value;
}

void AnswerHead::take(const http::UpstreamHead& head) {
    clear();
    status = head.status;
    event_stream = is_event_stream(head.get(http::HeaderId::kContentType));
    session_id = head.get(http::HeaderId::kMcpSessionId);
    std::vector<std::string> hop_by_hop;
    for (const auto& header : head.headers) {
        if (header.id == http::HeaderId::kConnection) {
            for (const auto name : split(header.value, ',')) {
                hop_by_hop.push_back(normalize_header_name(trim(name)));
            }
        }
    }
    for (const auto& header : head.headers) {
        const auto name = normalize_header_name(header.name);
        if (!is_dropped(name, event_stream) && !contains(hop_by_hop, name)) {
            add(header.name, header.value);
        }
    }
    if (event_stream) {
        add("Cache-Control", "no-cache, no-transform");
        add("X-Accel-Buffering", "no");
    } else {
        // What one person was answered is nobody else's (I85).
        add("Cache-Control", "no-store");
    }
}

std::vector<http::HeaderView> AnswerHead::views() const {
    const std::string_view text(text_);
    std::vector<http::HeaderView> views;
    views.reserve(fields_.size());
    for (const Field& field : fields_) {
        views.push_back({.name = text.substr(field.name, field.name_size),
                         .value = text.substr(field.value, field.value_size)});
    }
    return views;
}

}  // namespace gatehouse::proxy
