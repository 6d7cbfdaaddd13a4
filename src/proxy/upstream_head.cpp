// SPDX-License-Identifier: Apache-2.0
#include "proxy/upstream_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "base/strings.h"
#include "proxy/header_filter.h"

namespace gatehouse::proxy {
namespace {

using http::HeaderId;
using http::HeaderView;

/// Names that HeaderId does not know, lower case.
constexpr std::array<std::string_view, 11> kDropped{
    "dpop", "cookie2", "forwarded", "x-real-ip", "baggage", "http2-settings",
    // What was judged must be what runs: no other method or path by a side door.
    "x-http-method-override", "x-http-method", "x-method-override", "x-original-url",
    "x-rewrite-url"};
constexpr std::array<std::string_view, 3> kDroppedPrefixes{"proxy-", "x-forwarded-", "x-gateway-"};

enum class Fate : std::uint8_t { kDrop, kKeep, kByName };

Fate fate_of(HeaderId id, const Additions& additions) {
    switch (id) {
        case HeaderId::kHost:
        case HeaderId::kConnection:
        case HeaderId::kContentLength:
        case HeaderId::kTransferEncoding:
        case HeaderId::kAuthorization:
        case HeaderId::kKeepAlive:
        case HeaderId::kTe:
        case HeaderId::kTrailer:
        case HeaderId::kUpgrade:
        case HeaderId::kProxyConnection:
        case HeaderId::kExpect:
        case HeaderId::kTraceparent:
        case HeaderId::kAccept:
        case HeaderId::kOrigin:
        case HeaderId::kCookie:
        case HeaderId::kMcpSessionId:
        case HeaderId::kAcceptEncoding:
        case HeaderId::kXRequestId:
            return Fate::kDrop;
        case HeaderId::kLastEventId:
            return additions.keep_last_event_id ? Fate::kKeep : Fate::kDrop;
        case HeaderId::kContentType:
        case HeaderId::kMcpProtocolVersion:
        case HeaderId::kMcpMethod:
        case HeaderId::kMcpName:
        case HeaderId::kUserAgent:
            return Fate::kKeep;
        default:
            return Fate::kByName;
    }
}

bool is_dropped_name(std::string_view name, const Additions& additions) {
    if (name == "tracestate") {
        return !additions.keep_tracestate;
    }
    return std::ranges::find(kDropped, name) != kDropped.end() ||
           std::ranges::any_of(kDroppedPrefixes,
                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// Decides which of a client's fields go on.
class RequestFilter {
  public:
    RequestFilter(const http::RequestHead& request, const Route& route, const Additions& additions)
        : hop_by_hop_(request.headers), route_(route), additions_(additions) {}

    [[nodiscard]] bool keeps(const HeaderView& header) const {
        auto fate = fate_of(header.id, additions_);
        if (fate == Fate::kDrop) {
            return false;
        }
        if (fate == Fate::kKeep && !route_.may_own(header.name.size()) && !hop_by_hop_.any()) {
            return true;
        }
        const NormalName name(header.name);
        fate = fate_of(name.id(), additions_);
        return fate != Fate::kDrop &&
               (fate == Fate::kKeep || !is_dropped_name(name.view(), additions_)) &&
               !route_.owns(name.view()) && !hop_by_hop_.names(name.view());
    }

  private:
    HopByHop hop_by_hop_;
    const Route& route_;
    const Additions& additions_;
};

void put_token(HeadBuffer& out, const Route& route, const grants::DownstreamToken& token) {
    const std::string& name = route.server->worker.token_header;
    out.put(name);
    out.put(iequals(name, "Authorization") ? ": Bearer " : ": ");
    out.put(token.value.reveal());
    out.put("\r\n");
}

void put_length(HeadBuffer& out, std::size_t size) {
    std::array<char, 20> digits{};
    const auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), size).ptr;
    out.field("Content-Length", {digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void put_request_line(HeadBuffer& out, const http::RequestHead& request, const Replica& replica) {
    out.put(request.method);
    out.put(" ");
    out.put(replica.target);
    if (const auto query = strip_access_token(request.query); !query.empty()) {
        out.put(replica.target.contains('?') ? "&" : "?");
        out.put(query);
    }
    out.put(" HTTP/1.1\r\n");
}

}  // namespace

std::string strip_access_token(std::string_view query) {
    std::string kept;
    if (query.empty()) {
        return kept;
    }
    for (const auto pair : split(query, '&')) {
        const auto name = percent_decode(pair.substr(0, pair.find('=')));
        if (name && iequals(*name, "access_token")) {
            continue;
        }
        if (!kept.empty()) {
            kept += '&';
        }
        kept += pair;
    }
    return kept;
}

void build_upstream_head(HeadBuffer& out,
                         const http::RequestHead& request,
                         const Route& route,
                         const Replica& replica,
                         const Additions& additions) {
    out.clear();
    put_request_line(out, request, replica);
    out.field("Host", replica.host);
    const RequestFilter filter(request, route, additions);
    for (const HeaderView& header : request.headers) {
        if (filter.keeps(header)) {
            out.field(header.name, header.value);
        }
    }
    out.field("Accept", additions.accept);
    if (request.method == "POST") {
        put_length(out, additions.body_size);
    }
    if (!additions.session_id.empty()) {
        out.field("Mcp-Session-Id", additions.session_id);
    }
    out.field("X-Request-Id", additions.request_id);
    out.field("traceparent", additions.traceparent);
    out.put(additions.identity);
    out.put(route.credentials.reveal());
    if (additions.token != nullptr) {
        put_token(out, route, *additions.token);
    }
    out.put("\r\n");
}

}  // namespace gatehouse::proxy
