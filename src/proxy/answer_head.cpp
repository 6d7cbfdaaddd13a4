// SPDX-License-Identifier: Apache-2.0
#include "proxy/answer_head.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "proxy/accept.h"
#include "proxy/header_filter.h"

namespace gatehouse::proxy {
namespace {

using http::HeaderId;
using http::HeaderView;

/// Names that HeaderId does not know, lower case.
constexpr std::array<std::string_view, 18> kDropped{"set-cookie2",
                                                    "proxy-authenticate",
                                                    "authentication-info",
                                                    "alt-svc",
                                                    "expires",
                                                    "age",
                                                    "pragma",
                                                    "clear-site-data",
                                                    "refresh",
                                                    "report-to",
                                                    "reporting-endpoints",
                                                    "content-location",
                                                    "strict-transport-security",
                                                    "link",
                                                    "sourcemap",
                                                    "x-sourcemap",
                                                    "x-content-type-options",
                                                    "proxy-authentication-info"};
constexpr std::array<std::string_view, 2> kDroppedPrefixes{"access-control-", "x-gateway-"};

enum class Fate : std::uint8_t { kDrop, kKeep, kByName };

Fate fate_of(HeaderId id) {
    switch (id) {
        case HeaderId::kSetCookie:
        case HeaderId::kWwwAuthenticate:
        case HeaderId::kLocation:
        case HeaderId::kConnection:
        case HeaderId::kKeepAlive:
        case HeaderId::kProxyConnection:
        case HeaderId::kTe:
        case HeaderId::kTrailer:
        case HeaderId::kTransferEncoding:
        case HeaderId::kUpgrade:
        case HeaderId::kContentLength:
        case HeaderId::kServer:
        case HeaderId::kDate:
        case HeaderId::kMcpSessionId:
        case HeaderId::kXRequestId:
        case HeaderId::kCacheControl:
            return Fate::kDrop;
        case HeaderId::kContentType:
        case HeaderId::kMcpProtocolVersion:
        case HeaderId::kRetryAfter:
            return Fate::kKeep;
        default:
            return Fate::kByName;
    }
}

bool is_dropped_name(std::string_view name, bool event_stream) {
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
    session_id_ = {};
    fields_.clear();
    std::string().swap(kept_);
}

void AnswerHead::forget_fields() {
    session_id_ = {};
    fields_ = std::vector<HeaderView>();
    std::string().swap(kept_);
}

void AnswerHead::add(std::string_view name, std::string_view value) {
    fields_.push_back({.name = name, .value = value});
}

void AnswerHead::take(const http::UpstreamHead& head) {
    clear();
    status = head.status;
    event_stream = is_event_stream(head.get(HeaderId::kContentType));
    session_id_ = head.get(HeaderId::kMcpSessionId);
    const HopByHop hop_by_hop(head.headers);
    for (const HeaderView& header : head.headers) {
        auto fate = fate_of(header.id);
        if (fate == Fate::kByName) {
            const NormalName name(header.name);
            fate = fate_of(name.id());
            if (fate == Fate::kByName) {
                fate = is_dropped_name(name.view(), event_stream) || hop_by_hop.names(name.view())
                           ? Fate::kDrop
                           : Fate::kKeep;
            }
        }
        if (fate == Fate::kKeep) {
            fields_.push_back(header);
        }
    }
    add("X-Content-Type-Options", "nosniff");
    if (event_stream) {
        add("Cache-Control", "no-cache, no-transform");
        add("X-Accel-Buffering", "no");
    } else {
        // What one person was answered is nobody else's (I85).
        add("Cache-Control", "no-store");
    }
}

void AnswerHead::keep() {
    std::size_t size = session_id_.size();
    for (const HeaderView& field : fields_) {
        size += field.name.size() + field.value.size();
    }
    const std::string before = std::exchange(kept_, {});
    kept_.reserve(size);
    const auto copy = [this](std::string_view text) {
        kept_ += text;
        return std::string_view(kept_).substr(kept_.size() - text.size());
    };
    session_id_ = copy(session_id_);
    for (HeaderView& field : fields_) {
        field.name = copy(field.name);
        field.value = copy(field.value);
    }
}

}  // namespace gatehouse::proxy
