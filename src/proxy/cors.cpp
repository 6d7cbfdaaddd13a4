// SPDX-License-Identifier: Apache-2.0
#include "proxy/cors.h"

#include <string>

#include "base/strings.h"
#include "base/url.h"

namespace gatehouse::proxy {
namespace {

constexpr std::string_view kAllowedHeaders =
    "Authorization, DPoP, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, "
    "Last-Event-ID, Mcp-Method, Mcp-Name, traceparent, tracestate, baggage";

bool is_loopback_origin(std::string_view origin) {
    const auto url = parse_url(origin);
    return url && (url->scheme == "http" || url->scheme == "https") && url->path.empty() &&
           !url->has_userinfo && !url->has_query && !url->has_fragment && url->is_loopback();
}

bool is_header_list(std::string_view text) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_, ";
    return text.size() <= 2048 && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

bool origin_allowed(const catalog::Catalog& catalog,
                    const catalog::Server& server,
                    std::string_view origin) {
    return catalog.is_own_origin(origin) || contains(server.cors_origins, origin) ||
           is_loopback_origin(origin);
}

http::Response preflight(const http::RequestHead& head, std::string_view origin) {
    http::Response response{.status = 204};
    add_cors(response, origin);
    std::string headers(kAllowedHeaders);
    // The list is echoed because `*` does not cover Authorization and Mcp-Param-* has no end.
    const auto asked = head.get("Access-Control-Request-Headers");
    if (!asked.empty() && is_header_list(asked)) {
        headers += ", ";
        headers += asked;
    }
    response.headers.add("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS");
    response.headers.add("Access-Control-Allow-Headers", std::move(headers));
    response.headers.add("Access-Control-Max-Age", "7200");
    return response;
}

void add_cors(http::Response& response, std::string_view origin) {
    if (origin.empty()) {
        return;
    }
    response.headers.add("Access-Control-Allow-Origin", std::string(origin));
    response.headers.add("Access-Control-Expose-Headers", std::string(kExposedHeaders));
    response.headers.add("Vary", "Origin");
}

}  // namespace gatehouse::proxy
