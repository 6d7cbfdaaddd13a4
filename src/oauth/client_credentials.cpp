// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/strings.h"
#include "crypto/random.h"
#include "oauth/authorize_access.h"
#include "oauth/token_endpoint.h"

namespace gatehouse::oauth {
namespace {

constexpr std::chrono::hours kConnectionLife{48};

/// The client's server, if it may be used without a person (contract.md section 4).
OAuthResult<const catalog::Server*> find_server(const TokenRequest& request) {
    const catalog::Server* server = request.catalog.find_server(request.client.server);
    if (server == nullptr || server->origin != request.issuer) {
        return refuse("unauthorized_client", "the client's server is gone");
    }
    if (!request.form.has("resource") &&
        request.catalog.servers_of_origin(request.issuer).size() > 1) {
        return refuse("invalid_target", "resource must name one of this origin's servers");
    }
    if (auto resource = check_resource(request.form, *server); !resource) {
        return std::unexpected(resource.error());
    }
    // Its calls need somebody's account, and there is nobody (E32).
    if (!server->profile.empty()) {
        return refuse("unauthorized_client", "the server needs an account of a person");
    }
    return server;
}

OAuthResult<std::vector<std::string>> choose_scopes(const catalog::Server& server,
                                                    const TokenRequest& request) {
    auto allowed = select_scopes(server, request.client, {});
    const auto asked = split_words(request.form.get("scope"));
    if (asked.empty()) {
        return allowed;
    }
    std::erase_if(allowed, [&](const std::string& scope) { return !contains(asked, scope); });
    if (allowed.empty()) {
        return refuse("invalid_scope", "this client may have none of these scopes");
    }
    return allowed;
}

/// One row for many tokens: whoever ends it ends them. A new one when the last was revoked or would
/// end before the token.
Result<Connection> find_connection(const OAuthServices& services,
                                   const TokenRequest& request,
                                   const catalog::Server& server) {
    const std::string subject = client_subject(request.client.id);
    auto living = services.connections.list(
        {.user_id = subject, .server = server.name, .client_id = request.client.id});
    if (!living) {
        return std::unexpected(living.error());
    }
    const Timestamp needed = request.now + request.catalog.tokens.access_ttl;
    for (Connection& connection : *living) {
        if (connection.origin == request.issuer && connection.expires_at >= needed) {
            return std::move(connection);
        }
    }
    Connection connection{.id = crypto::random_token(16),
                          .user_id = subject,
                          .client_id = request.client.id,
                          .client_name = request.client.name,
                          .origin = request.issuer,
                          .server = server.name,
                          .redirect_host = {},
                          .scopes = select_scopes(server, request.client, {}),
                          .auth_time = request.now,
                          .created_at = request.now,
                          .last_used_at = request.now,
                          .expires_at = request.now + kConnectionLife};
    if (auto inserted = services.connections.insert(connection, std::nullopt); !inserted) {
        return std::unexpected(inserted.error());
    }
    return connection;
}

}  // namespace

OAuthResult<TokenGrant> grant_client_credentials(const OAuthServices& services,
                                                 const TokenRequest& request) {
    const Client& client = request.client;
    if (client.kind != ClientKind::kPreregistered || client.auth_method == "none" ||
        !contains(client.grant_types, kClientCredentials)) {
        return refuse("unauthorized_client", "this client may not use client_credentials");
    }
    const auto server = find_server(request);
    if (!server) {
        return std::unexpected(server.error());
    }
    auto scopes = choose_scopes(**server, request);
    if (!scopes) {
        return std::unexpected(scopes.error());
    }
    const auto connection = find_connection(services, request, **server);
    if (!connection) {
        return refuse_unavailable(connection.error());
    }
    TokenGrant grant{
        .access = issue_access_token(services.keys, {.server = **server,
                                                     .connection = *connection,
                                                     .scopes = *std::move(scopes),
                                                     .ttl = request.catalog.tokens.access_ttl,
                                                     .now = request.now}),
        .refresh_token = {}};
    audit::Event event = token_event("token.issued", *connection, request);
    event.detail = {{"grant_type", kClientCredentials}, {"scope", join(grant.access.scopes, " ")}};
    if (const auto recorded = services.events.record(event); !recorded) {
        return refuse_unavailable(recorded.error());
    }
    return grant;
}

}  // namespace gatehouse::oauth
