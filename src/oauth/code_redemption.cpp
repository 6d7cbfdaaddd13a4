// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "oauth/authorize_access.h"
#include "oauth/redirect_uri.h"
#include "oauth/token_endpoint.h"

namespace gatehouse::oauth {
namespace {

bool is_code_verifier(std::string_view text) {
    return text.size() >= 43 && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == '~';
           });
}

/// E10, E11: is this the party that the code was made for, with everything it promised?
OAuthResult<void> check_proofs(const AuthorizationCode& code, const TokenRequest& request) {
    if (code.client_id != request.client.id || code.origin != request.issuer) {
        return refuse("invalid_grant", "the code was issued to another client");
    }
    const std::string_view verifier = request.form.get("code_verifier");
    if (!is_code_verifier(verifier) ||
        !constant_time_equal(crypto::pkce_challenge(verifier), code.code_challenge)) {
        return refuse("invalid_grant", "code_verifier does not match");
    }
    const std::string_view redirect_uri = request.form.get("redirect_uri");
    if (!redirect_uri.empty() && redirect_uri != code.redirect_uri) {
        return refuse("invalid_grant", "redirect_uri is not the one of the authorization");
    }
    return {};
}

/// E12 and what may have changed since the person agreed.
OAuthResult<const catalog::Server*> check_server(const OAuthServices& services,
                                                 const AuthorizationCode& code,
                                                 const TokenRequest& request) {
    const catalog::Server* server = request.catalog.find_server(code.server);
    if (server == nullptr || server->origin != request.issuer) {
        return refuse("invalid_grant", "the server is gone");
    }
    if (auto resource = check_resource(request.form, *server); !resource) {
        return std::unexpected(resource.error());
    }
    if (!may_use_server(*server, request.client)) {
        return refuse("unauthorized_client", "this client may not use the server");
    }
    // It may have been blocked since the code went there.
    if (services.blocks.current()->blocks_redirect(redirect_host(code.redirect_uri))) {
        return refuse("invalid_grant", "the client's host is blocked");
    }
    const auto user = services.users.find(code.user_id);
    if (!user && user.error().code != ErrorCode::kNotFound) {
        return refuse_unavailable(user.error());
    }
    if (!user || user->disabled) {
        return refuse("invalid_grant", "the user may not sign in");
    }
    return server;
}

Connection make_connection(const AuthorizationCode& code, const TokenRequest& request) {
    const catalog::TokenSettings& tokens = request.catalog.tokens;
    const bool lasting = may_refresh(request.client, code.scopes);
    return {.id = code.connection_id,
            .user_id = code.user_id,
            .client_id = code.client_id,
            .client_name = request.client.name,
            .origin = code.origin,
            .server = code.server,
            .redirect_host = redirect_host(code.redirect_uri),
            .scopes = code.scopes,
            .auth_time = code.auth_time,
            .created_at = request.now,
            .last_used_at = request.now,
            .expires_at = request.now + (lasting ? tokens.refresh_ttl : tokens.access_ttl)};
}

std::unexpected<OAuthError> used_already() {
    return refuse("invalid_grant", "the code was used already");
}

/// E13: whoever comes second with everything right shows that the code leaked.
OAuthResult<TokenGrant> refuse_reuse(const OAuthServices& services,
                                     const Connection& connection,
                                     const TokenRequest& request) {
    if (auto revoked = revoke_reused(services, connection, request, "code"); !revoked) {
        return std::unexpected(revoked.error());
    }
    return used_already();
}

}  // namespace

OAuthResult<TokenGrant> redeem_code(const OAuthServices& services, const TokenRequest& request) {
    if (!contains(request.client.grant_types, "authorization_code")) {
        return refuse("unauthorized_client", "this client may not use authorization codes");
    }
    if (!request.form.has("code") || !request.form.has("code_verifier")) {
        return refuse("invalid_request", "code and code_verifier are required");
    }
    const std::string digest = crypto::token_digest(request.form.get("code"));
    const auto stored = services.codes.find(digest);
    if (!stored) {
        return stored.error().code == ErrorCode::kNotFound
                   ? OAuthResult<TokenGrant>(refuse("invalid_grant", "unknown code"))
                   : refuse_unavailable(stored.error());
    }
    const AuthorizationCode& code = stored->code;
    if (auto proofs = check_proofs(code, request); !proofs) {
        return std::unexpected(proofs.error());
    }
    const Connection connection = make_connection(code, request);
    if (stored->state == CodeState::kUsed) {
        return refuse_reuse(services, connection, request);
    }
    if (code.expires_at <= request.now) {
        return refuse("invalid_grant", "the code has expired");
    }
    const auto server = check_server(services, code, request);
    if (!server) {
        return std::unexpected(server.error());
    }

    TokenGrant grant;
    std::optional<RefreshToken> first;
    if (may_refresh(request.client, code.scopes)) {
        grant.refresh_token = crypto::random_token();
        first = RefreshToken{.digest = crypto::token_digest(grant.refresh_token),
                             .connection_id = connection.id,
                             .issued_at = request.now};
    }
    // The connection goes first: its id is unique, so that of several redemptions one wins, and
    // the others already find what they have to revoke.
    if (auto inserted = services.connections.insert(connection, first); !inserted) {
        return inserted.error().code == ErrorCode::kConflict
                   ? refuse_reuse(services, connection, request)
                   : OAuthResult<TokenGrant>(refuse_unavailable(inserted.error()));
    }
    const auto marked = services.codes.mark_used(digest);
    if (!marked) {
        return refuse_unavailable(marked.error());
    }
    if (!*marked) {
        return refuse_reuse(services, connection, request);
    }
    grant.access = issue_access_token(services.keys, {.server = **server,
                                                      .connection = connection,
                                                      .scopes = code.scopes,
                                                      .ttl = request.catalog.tokens.access_ttl,
                                                      .now = request.now});
    audit::Event event = token_event("token.issued", connection, request);
    event.detail = {{"grant_type", "authorization_code"}, {"scope", join(code.scopes, " ")}};
    if (const auto recorded = services.events.record(event); !recorded) {
        // Nobody holds its tokens: what stays behind is a connection that never gets used.
        return refuse_unavailable(recorded.error());
    }
    return grant;
}

}  // namespace gatehouse::oauth
