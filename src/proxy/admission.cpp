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

Admission refuse(Admission admission, http::Response response) {
    admission.way = Way::kRefused;
    add_cors(response, admission.page);
    admission.refusal = std::move(response);
    return admission;
}

bool is_preflight(const http::RequestHead& head) {
    return head.method == "OPTIONS" && head.has(http::HeaderId::kOrigin) &&
           !head.get("Access-Control-Request-Method").empty();
}

http::Response foreign_page() {
    return http::json_response(403, mcp::error_body({.code = mcp::RpcCode::kInvalidRequest,
                                                     .message = "This origin is not allowed"}));
}

Admission authenticate(Admission admission, const http::RequestHead& head, TokenCache& tokens) {
    const Challenged what{
        .origin = *admission.origin, .path = head.path, .scope = admission.route->scope};
    const Bearer bearer = read_bearer(head);
    if (bearer.credential == Credential::kNone) {
        return refuse(std::move(admission), challenge(what));
    }
    if (bearer.credential == Credential::kMalformed) {
        return refuse(std::move(admission), malformed_credentials(what));
    }
    const catalog::Server& server = *admission.route->server;
    auto verified = tokens.verify(bearer.token, server.origin, server.mcp_url);
    if (!verified) {
        return refuse(std::move(admission), challenge_bad_token(what, verified.error()));
    }
    admission.way = Way::kCall;
    admission.caller = std::move(*verified);
    return admission;
}

}  // namespace

Admission admit(const http::RequestHead& head,
                std::shared_ptr<const RouteTable> table,
                TokenCache& tokens) {
    Admission admission{.routes = std::move(table)};
    const RouteTable& routes = *admission.routes;
    // Probes name the machine, not the site: they are answered under any Host.
    if (head.path == "/healthz" || head.path == "/readyz") {
        admission.way = head.path == "/healthz" ? Way::kHealth : Way::kReady;
        return admission;
    }
    admission.origin = routes.origin_of(head.host);
    if (admission.origin == nullptr) {
        return refuse(std::move(admission),
                      http::text_response(421, "This host is not served here.\n"));
    }
    admission.route = routes.find(*admission.origin, head.path);
    if (admission.route == nullptr) {
        admission.way = Way::kControl;
        return admission;
    }
    if (const auto page = head.get(http::HeaderId::kOrigin); head.has(http::HeaderId::kOrigin)) {
        if (!origin_allowed(routes.catalog(), *admission.route->server, page)) {
            return refuse(std::move(admission), foreign_page());
        }
        // A preflight carries no credentials, so it is answered before they are asked for.
        if (is_preflight(head)) {
            admission.refusal = preflight(head, page);
            return admission;
        }
        admission.page = page;
    }
    return authenticate(std::move(admission), head, tokens);
}

}  // namespace gatehouse::proxy
