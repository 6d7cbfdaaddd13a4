// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_endpoint.h"

#include <utility>

#include "base/json.h"
#include "base/strings.h"
#include "oauth/cors.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

http::Response token_response(const TokenGrant& grant) {
    json::Object body{{"access_token", grant.access.token},
                      {"token_type", "Bearer"},
                      {"expires_in", grant.access.expires_in}};
    // An empty scope is not valid syntax; a server without scopes has none to name.
    if (!grant.access.scopes.empty()) {
        body["scope"] = join(grant.access.scopes, " ");
    }
    if (!grant.refresh_token.empty()) {
        body["refresh_token"] = grant.refresh_token;
    }
    return uncached_json(200, json::dump(body));
}

}  // namespace

bool may_refresh(const Client& client, const std::vector<std::string>& scopes) {
    return contains(client.grant_types, "refresh_token") || contains(scopes, "offline_access");
}

audit::Event token_event(std::string name,
                         const Connection& connection,
                         const TokenRequest& request) {
    return {.name = std::move(name),
            .server = connection.server,
            .user = connection.user_id,
            .client = connection.client_id,
            .connection = connection.id,
            .request_id = request.http.request_id,
            .client_ip = request.http.client_ip};
}

OAuthResult<void> revoke_reused(const OAuthServices& services,
                                const Connection& connection,
                                const TokenRequest& request,
                                std::string_view what) {
    const auto revoked = services.trust.revoke_connection(connection.id);
    if (!revoked) {
        return refuse_unavailable(revoked.error());
    }
    if (!*revoked) {
        return {};
    }
    audit::Event event = token_event("token.reused", connection, request);
    event.detail = {{"what", what}};
    if (const auto recorded = services.events.record(event); !recorded) {
        telemetry::error("oauth", "reuse not recorded: {}", describe(recorded.error()));
    }
    return {};
}

http::Response TokenEndpoint::handle(const http::Request& request) {
    const auto granted = grant(request);
    return open_to_all_origins(granted ? token_response(*granted)
                                       : error_response(granted.error()));
}

OAuthResult<TokenGrant> TokenEndpoint::grant(const http::Request& request) {
    const auto form = FormRequest::parse(request);
    if (!form) {
        return std::unexpected(form.error());
    }
    const auto catalog = services_.catalog.get();
    const std::string issuer = issuer_of(*catalog, request);
    // The client comes before the grant: a failed authentication must not burn a code (E09).
    const auto client = authenticator_.authenticate(request, *form, issuer);
    if (!client) {
        return std::unexpected(client.error());
    }
    const TokenRequest token_request{.http = request,
                                     .form = *form,
                                     .client = *client,
                                     .catalog = *catalog,
                                     .issuer = issuer,
                                     .now = services_.clock.now()};
    const std::string_view type = form->get("grant_type");
    if (type.empty()) {
        return refuse("invalid_request", "grant_type is missing");
    }
    if (type == "authorization_code") {
        return redeem_code(services_, token_request);
    }
    if (type == "refresh_token") {
        return refresh_tokens(services_, token_request);
    }
    if (type == kClientCredentials) {
        return grant_client_credentials(services_, token_request);
    }
    return refuse("unsupported_grant_type", "this grant_type is not offered");
}

}  // namespace gatehouse::oauth
