// SPDX-License-Identifier: Apache-2.0
#include "oauth/cors.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/strings.h"

namespace gatehouse::oauth {
namespace {

constexpr std::array<std::string_view, 12> kAlwaysAllowed{
    "Authorization",  "DPoP",          "Content-Type", "Accept",   "MCP-Protocol-Version",
    "Mcp-Session-Id", "Last-Event-ID", "Mcp-Method",   "Mcp-Name", "traceparent",
    "tracestate",     "baggage"};
constexpr std::size_t kMaxAskedHeaders = 50;

bool is_header_name(std::string_view name) {
    return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

/// Our list and what was asked for: `*` would not cover Authorization.
std::string allowed_headers(std::string_view asked) {
    std::string allowed;
    for (const std::string_view name : kAlwaysAllowed) {
        allowed += (allowed.empty() ? "" : ", ") + std::string(name);
    }
    std::size_t taken = 0;
    for (const std::string_view part : split(asked, ',')) {
        const std::string_view name = trim(part);
        const bool known = std::ranges::any_of(
            kAlwaysAllowed, [&](std::string_view other) { return iequals(other, name); });
        if (!known && is_header_name(name) && ++taken <= kMaxAskedHeaders) {
            allowed += ", " + std::string(name);
        }
    }
    return allowed;
}

}  // namespace

http::Response open_to_all_origins(http::Response response) {
    response.headers.set("Access-Control-Allow-Origin", "*");
    response.headers.set("Access-Control-Expose-Headers",
                         "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, "
                         "DPoP-Nonce, Retry-After");
    return response;
}

http::Response preflight_response(const http::Request& request, std::string_view methods) {
    http::Response response{.status = 204};
    response.headers.set("Access-Control-Allow-Methods", std::string(methods));
    response.headers.set(
        "Access-Control-Allow-Headers",
        allowed_headers(request.headers.get("Access-Control-Request-Headers").value_or("")));
    response.headers.set("Access-Control-Max-Age", "3600");
    return open_to_all_origins(std::move(response));
}

}  // namespace gatehouse::oauth
