// SPDX-License-Identifier: Apache-2.0
#include "proxy/admission.h"

#include <utility>

#include "mcp/error_body.h"
#include "proxy/bearer.h"
#include "proxy/challenge.h"
#include "proxy/cors.h"

namespace gatehouse::proxy {
namespace {

using Way = Admission::Way;

void refuse(Admission& admission, std::string_view reason, http::Response response) {
    admission.way = Way::kRefused;
    admission.reason = reason;
    add_cors(response, admission.page);
    admission.refusal = std::move(response);
}

bool is_preflight(const http::RequestHead& head) {
    return head.method == "OPTIONS" && head.has(http::HeaderId::kOrigin) &&
           !head.get("Access-Control-Request-Method").empty();
}

http::Response foreign_page() {
    return http::json_response(403, mcp::error_body({.code = mcp::RpcCode::kInvalidRequest,
                                                     .message = "This origin is not allowed"}));
}

/// Nothing for what is no token at all.
std::optional<TokenCache::Verdict> judge_token(std::string_view token,
                                               const catalog::Server& server,
                                               TokenCache& tokens,
                                               Timestamp now) {
    const bool personal = token.starts_with(oauth::kPersonalTokenPrefix);
    if (!personal) {
        if (auto known = tokens.recall(token, server.mcp_url, now)) {
            return known;
        }
    }
    if (!is_token68(token)) {
        return std::nullopt;
    }
    return personal ? tokens.verify_personal(token, server, now)
                    : tokens.verify(token, server.origin, server.mcp_url, now);
}

void authenticate(Admission& admission,
                  const http::RequestHead& head,
                  TokenCache& tokens,
                  Timestamp now) {
    const Challenged what{
        .origin = *admission.origin, .path = head.path, .scope = admission.route->scope};
    const Bearer bearer = read_bearer(head);
    if (bearer.credential == Credential::kNone) {
        refuse(admission, "no_token", challenge(what));
        return;
    }
    if (bearer.credential == Credential::kMalformed) {
        refuse(admission, "malformed_token", malformed_credentials(what));
        return;
    }
    const auto verdict = judge_token(bearer.token, *admission.route->server, tokens, now);
    if (!verdict) {
        refuse(admission, "malformed_token", malformed_credentials(what));
        return;
    }
    if (!*verdict) {
        const bool expired = verdict->error() == oauth::TokenFault::kExpired;
        refuse(admission, expired ? "expired_token" : "invalid_token",
               challenge_bad_token(what, verdict->error()));
        return;
    }
    admission.way = Way::kCall;
    admission.caller = **verdict;
}

/// A page's request from an origin that is not allowed, or its preflight, ends here.
bool admit_page(Admission& admission, const http::RequestHead& head) {
    if (!head.has(http::HeaderId::kOrigin)) {
        return true;
    }
    const auto page = head.get(http::HeaderId::kOrigin);
    if (!origin_allowed(admission.routes->catalog(), *admission.route->server, page)) {
        refuse(admission, "origin", foreign_page());
        return false;
    }
    // A preflight carries no credentials, so it is answered before they are asked for.
    if (is_preflight(head)) {
        admission.refusal = preflight(head, page);
        return false;
    }
    admission.page = page;
    return true;
}

}  // namespace

Admission admit(const http::RequestHead& head,
                std::shared_ptr<const RouteTable> table,
                TokenCache& tokens,
                Timestamp now) {
    Admission admission{.routes = std::move(table)};
    const RouteTable& routes = *admission.routes;
    // Probes name the machine, not the site: they are answered under any Host.
    if (head.path == "/healthz" || head.path == "/readyz") {
        admission.way = head.path == "/healthz" ? Way::kHealth : Way::kReady;
        return admission;
    }
    admission.origin = routes.origin_of(head.host);
    if (admission.origin == nullptr) {
        refuse(admission, "host", http::text_response(421, "This host is not served here.\n"));
        return admission;
    }
    admission.route = routes.find(*admission.origin, head.path);
    if (admission.route == nullptr) {
        admission.way = Way::kControl;
        return admission;
    }
    if (admit_page(admission, head)) {
        authenticate(admission, head, tokens, now);
    }
    return admission;
}

}  // namespace gatehouse::proxy
