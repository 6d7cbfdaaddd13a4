// SPDX-License-Identifier: Apache-2.0
#include "proxy/upstream_head.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.h"
#include "base/strings.h"
#include "proxy/accept.h"

namespace gatehouse::proxy {
namespace {

using http::HeaderId;
using http::HeaderView;

constexpr std::array<std::string_view, 22> kDropped{"authorization",
                                                    "dpop",
                                                    "cookie",
                                                    "cookie2",
                                                    "host",
                                                    "origin",
                                                    "expect",
                                                    "accept-encoding",
                                                    "accept",
                                                    "connection",
                                                    "content-length",
                                                    "te",
                                                    "transfer-encoding",
                                                    "trailer",
                                                    "upgrade",
                                                    "keep-alive",
                                                    "forwarded",
                                                    "x-real-ip",
                                                    "baggage",
                                                    "traceparent",
                                                    "x-request-id",
                                                    "mcp-session-id"};
constexpr std::array<std::string_view, 3> kDroppedPrefixes{"proxy-", "x-forwarded-", "x-gateway-"};

/// Names listed in Connection fields, which belong to that connection only.
std::vector<std::string> connection_names(const http::RequestHead& request) {
    std::vector<std::string> names;
    for (const HeaderView& header : request.headers) {
        if (header.id != HeaderId::kConnection) {
            continue;
        }
        for (const auto part : split(header.value, ',')) {
            const auto name = trim(part);
            if (!name.empty() && !iequals(name, "keep-alive") && !iequals(name, "close")) {
                names.push_back(normalize_header_name(name));
            }
        }
    }
    return names;
}

bool is_dropped(std::string_view name, const Route& route, const Additions& additions) {
    if (std::ranges::find(kDropped, name) != kDropped.end() || route.own_headers.contains(name)) {
        return true;
    }
    if (name == "tracestate") {
        return !additions.keep_tracestate;
    }
    if (name == "last-event-id") {
        return !additions.keep_last_event_id;
    }
    return std::ranges::any_of(kDroppedPrefixes,
                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

void put(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

/// Values that are not ours could hold anything; one that does not fit a field is left out, never
/// bent into another one.
bool fits_field(std::string_view value) {
    return !value.empty() &&
           std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7F; });
}

void put_fact(std::string& out, std::string_view name, std::string_view value) {
    if (fits_field(value)) {
        put(out, name, value);
    }
}

void put_identity(std::string& out, const Additions& additions) {
    put_fact(out, "X-Gateway-User", additions.caller->subject);
    put_fact(out, "X-Gateway-Client", additions.caller->client_id);
    put_fact(out, "X-Gateway-Scope", join(additions.caller->scopes, " "));
    if (additions.user != nullptr) {
        put_fact(out, "X-Gateway-Email", additions.user->email);
        std::vector<std::string> groups;
        std::ranges::copy_if(
            additions.user->groups, std::back_inserter(groups),
            [](const std::string& group) { return fits_field(group) && !group.contains(','); });
        put_fact(out, "X-Gateway-Groups", join(groups, ","));
    }
    put_fact(out, "X-Gateway-Assertion", additions.assertion);
}

void put_credentials(std::string& out, const Route& route, const Additions& additions) {
    const catalog::Worker& worker = route.server->worker;
    if (!worker.secrets.empty()) {
        put(out, worker.secret_header, worker.secrets.front().reveal());
    }
    for (const auto& [name, value] : worker.static_headers) {
        put(out, name, value.reveal());
    }
    if (additions.token == nullptr) {
        return;
    }
    out += worker.token_header;
    out += iequals(worker.token_header, "Authorization") ? ": Bearer " : ": ";
    out += additions.token->value.reveal();
    out += "\r\n";
}

void put_request_line(std::string& out, const http::RequestHead& request, const Replica& replica) {
    out += request.method;
    out += ' ';
    out += replica.target;
    if (const auto query = strip_access_token(request.query); !query.empty()) {
        out += replica.target.contains('?') ? '&' : '?';
        out += query;
    }
    out += " HTTP/1.1\r\n";
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

void build_upstream_head(std::string& out,
                         const http::RequestHead& request,
                         const Route& route,
                         const Replica& replica,
                         const Additions& additions) {
    out.clear();
    put_request_line(out, request, replica);
    put(out, "Host", replica.host);
    const auto hop_by_hop = connection_names(request);
    for (const HeaderView& header : request.headers) {
        const auto name = normalize_header_name(header.name);
        if (!is_dropped(name, route, additions) && !contains(hop_by_hop, name)) {
            put(out, header.name, header.value);
        }
    }
    put(out, "Accept", complete_accept(request));
    if (request.method == "POST") {
        put(out, "Content-Length", std::to_string(additions.body_size));
    }
    if (!additions.session_id.empty()) {
        put(out, "Mcp-Session-Id", additions.session_id);
    }
    put(out, "X-Request-Id", additions.request_id);
    put(out, "traceparent", additions.traceparent);
    if (additions.caller != nullptr) {
        put_identity(out, additions);
    }
    put_credentials(out, route, additions);
    out += "\r\n";
}

}  // namespace gatehouse::proxy
