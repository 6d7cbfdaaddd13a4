// SPDX-License-Identifier: Apache-2.0
#include "oauth/revocation_endpoint.h"

#include "crypto/digest.h"
#include "oauth/access_token_lookup.h"
#include "oauth/cors.h"
#include "oauth/form_request.h"

namespace gatehouse::oauth {
namespace {

std::unexpected<OAuthError> foreign() {
    return refuse("invalid_grant", "the token was issued to another client");
}

}  // namespace

http::Response RevocationEndpoint::handle(const http::Request& request) {
    const auto revoked = revoke(request);
    if (!revoked) {
        return open_to_all_origins(error_response(revoked.error()));
    }
    http::Response response{.status = 200};
    response.headers.set("Cache-Control", "no-store");
    return open_to_all_origins(std::move(response));
}

OAuthResult<void> RevocationEndpoint::revoke(const http::Request& request) {
    const auto form = FormRequest::parse(request);
    if (!form) {
        return std::unexpected(form.error());
    }
    const auto catalog = services_.catalog.get();
    const auto client = authenticator_.authenticate(request, *form, issuer_of(*catalog, request));
    if (!client) {
        return std::unexpected(client.error());
    }
    const std::string_view token = form->get("token");
    if (token.empty()) {
        return refuse("invalid_request", "token is missing");
    }
    const auto refresh = services_.connections.find_refresh_token(crypto::token_digest(token));
    if (!refresh && refresh.error().code == ErrorCode::kNotFound) {
        return revoke_access_token(request, token, *client);
    }
    if (!refresh) {
        return refuse_unavailable(refresh.error());
    }
    const auto connection = services_.connections.find(refresh->connection_id);
    if (!connection) {
        return refuse_unavailable(connection.error());
    }
    return revoke_connection(request, *connection, *client);
}

OAuthResult<void> RevocationEndpoint::revoke_connection(const http::Request& request,
                                                        const Connection& connection,
                                                        const Client& client) {
    const auto catalog = services_.catalog.get();
    if (connection.client_id != client.id || connection.origin != issuer_of(*catalog, request)) {
        return foreign();
    }
    const auto revoked = services_.trust.revoke_connection(connection.id);
    if (!revoked) {
        return refuse_unavailable(revoked.error());
    }
    if (!*revoked) {
        return {};
    }
    const auto recorded = services_.events.record({.name = "token.revoked",
                                                   .server = connection.server,
                                                   .user = connection.user_id,
                                                   .client = connection.client_id,
                                                   .connection = connection.id,
                                                   .request_id = request.request_id,
                                                   .client_ip = request.client_ip,
                                                   .detail = {{"token_type", "refresh_token"}}});
    return recorded ? OAuthResult<void>() : refuse_unavailable(recorded.error());
}

OAuthResult<void> RevocationEndpoint::revoke_access_token(const http::Request& request,
                                                          std::string_view token,
                                                          const Client& client) {
    const auto catalog = services_.catalog.get();
    const auto known = find_access_token(
        services_, {.token = token, .catalog = *catalog, .issuer = issuer_of(*catalog, request)});
    if (!known) {
        return {};  // unknown, expired or dead already: nothing is left to do (RFC 7009 §2.2)
    }
    if (known->token.client_id != client.id) {
        return foreign();
    }
    const auto expires_at = Timestamp{std::chrono::seconds{known->token.expires_at}};
    if (const auto revoked = services_.trust.revoke_token(known->token.token_id, expires_at);
        !revoked) {
        return refuse_unavailable(revoked.error());
    }
    const auto recorded = services_.events.record({.name = "token.revoked",
                                                   .server = known->server->name,
                                                   .user = known->token.subject,
                                                   .client = client.id,
                                                   .connection = known->token.connection,
                                                   .request_id = request.request_id,
                                                   .client_ip = request.client_ip,
                                                   .detail = {{"token_type", "access_token"}}});
    return recorded ? OAuthResult<void>() : refuse_unavailable(recorded.error());
}

}  // namespace gatehouse::oauth
