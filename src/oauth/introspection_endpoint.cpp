// SPDX-License-Identifier: Apache-2.0
#include "oauth/introspection_endpoint.h"

#include <algorithm>

#include "base/strings.h"
#include "crypto/digest.h"
#include "oauth/access_token_lookup.h"
#include "oauth/cors.h"
#include "oauth/form_request.h"

namespace gatehouse::oauth {
namespace {

json::Object inactive() {
    return {{"active", false}};
}

void add_scope(json::Object& document, std::vector<std::string> scopes) {
    std::erase(scopes, "offline_access");
    if (!scopes.empty()) {
        document["scope"] = join(scopes, " ");
    }
}

}  // namespace

http::Response IntrospectionEndpoint::handle(const http::Request& request) {
    const auto document = introspect(request);
    return open_to_all_origins(document ? uncached_json(200, json::dump(*document))
                                        : error_response(document.error()));
}

OAuthResult<json::Object> IntrospectionEndpoint::introspect(const http::Request& request) {
    const auto form = FormRequest::parse(request);
    if (!form) {
        return std::unexpected(form.error());
    }
    const auto catalog = services_.catalog.get();
    const std::string issuer = issuer_of(*catalog, request);
    const auto client = authenticator_.authenticate(request, *form, issuer);
    if (!client) {
        return std::unexpected(client.error());
    }
    if (client->auth_method == "none") {
        return refuse("invalid_client", "introspection needs client authentication", 401);
    }
    const std::string_view text = form->get("token");
    if (text.empty()) {
        return refuse("invalid_request", "token is missing");
    }
    const auto known =
        find_access_token(services_, {.token = text, .catalog = *catalog, .issuer = issuer});
    if (!known) {
        return describe_refresh_token(text, *client, issuer);
    }
    const AccessToken& token = known->token;
    if (token.client_id != client->id && known->server->name != client->server) {
        return inactive();
    }
    json::Object document{
        {"active", true},        {"token_type", "Bearer"},        {"client_id", token.client_id},
        {"sub", token.subject},  {"aud", known->server->mcp_url}, {"iss", issuer},
        {"jti", token.token_id}, {"exp", token.expires_at}};
    add_scope(document, token.scopes);
    return document;
}

OAuthResult<json::Object> IntrospectionEndpoint::describe_refresh_token(std::string_view token,
                                                                        const Client& client,
                                                                        std::string_view issuer) {
    const auto stored = services_.connections.find_refresh_token(crypto::token_digest(token));
    if (!stored) {
        return stored.error().code == ErrorCode::kNotFound ? OAuthResult<json::Object>(inactive())
                                                           : refuse_unavailable(stored.error());
    }
    const auto connection = services_.connections.find(stored->connection_id);
    if (!connection) {
        return refuse_unavailable(connection.error());
    }
    const Timestamp now = services_.clock.now();
    const auto idle_end = connection->last_used_at + services_.catalog.get()->tokens.refresh_idle;
    const Timestamp end = std::min<Timestamp>(connection->expires_at, idle_end);
    if (connection->client_id != client.id || connection->origin != issuer || stored->retired_at ||
        connection->revoked_at || end <= now) {
        return inactive();
    }
    json::Object document{{"active", true},
                          {"client_id", connection->client_id},
                          {"sub", connection->user_id},
                          {"iss", issuer},
                          {"exp", to_unix_seconds(end)}};
    add_scope(document, connection->scopes);
    return document;
}

}  // namespace gatehouse::oauth
