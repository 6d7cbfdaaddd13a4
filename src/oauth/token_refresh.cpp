// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/sealer.h"
#include "oauth/authorize_access.h"
#include "oauth/token_endpoint.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kSuccessorPurpose = "refresh-successor";
constexpr int kMaxGenerations = 32;  // of one grace

/// Only who holds the predecessor can open the box: a copy of the store yields no token.
crypto::Sealer successor_sealer(std::string_view predecessor) {
    return crypto::Sealer({crypto::derive_key(Secret(std::string(predecessor)), kSuccessorPurpose)},
                          kSuccessorPurpose);
}

/// The token and the family it belongs to.
struct Family {
    RefreshToken token;
    Connection connection;
};

OAuthResult<Family> find_family(const OAuthServices& services,
                                const TokenRequest& request,
                                std::string_view digest) {
    const auto unknown = [](const Error& error) -> std::unexpected<OAuthError> {
        return error.code == ErrorCode::kNotFound ? refuse("invalid_grant", "unknown refresh token")
                                                  : refuse_unavailable(error);
    };
    auto token = services.connections.find_refresh_token(digest);
    if (!token) {
        return unknown(token.error());
    }
    auto connection = services.connections.find(token->connection_id);
    if (!connection) {
        return unknown(connection.error());
    }
    // E21: said like an unknown one, and with no effect on the family.
    if (connection->client_id != request.client.id || connection->origin != request.issuer) {
        return refuse("invalid_grant", "unknown refresh token");
    }
    if (connection->revoked_at) {
        return refuse("invalid_grant", "the authorization was revoked");
    }
    return Family{.token = *std::move(token), .connection = *std::move(connection)};
}

bool is_in_grace(const RefreshToken& token, const TokenRequest& request) {
    return token.retired_at &&
           request.now < *token.retired_at + request.catalog.tokens.refresh_grace;
}

/// E22 with its override: a late predecessor is a theft only if the successor got used; if not, the
/// answer that carried it was probably lost.
OAuthResult<TokenGrant> refuse_retired(const OAuthServices& services,
                                       const Family& family,
                                       const TokenRequest& request) {
    const auto successor = services.connections.find_refresh_token(family.token.successor_digest);
    if (!successor && successor.error().code != ErrorCode::kNotFound) {
        return refuse_unavailable(successor.error());
    }
    if (!successor || successor->retired_at) {
        if (auto revoked = revoke_reused(services, family.connection, request, "refresh_token");
            !revoked) {
            return std::unexpected(revoked.error());
        }
    }
    return refuse("invalid_grant", "the refresh token was replaced");
}

/// E25: what the new access token carries.
OAuthResult<std::vector<std::string>> narrow_scopes(const Connection& connection,
                                                    const TokenRequest& request) {
    const std::vector<std::string> asked = split_words(request.form.get("scope"));
    if (asked.empty()) {
        return connection.scopes;
    }
    std::vector<std::string> scopes;
    for (const std::string& scope : asked) {
        if (contains(connection.scopes, scope)) {
            if (!contains(scopes, scope)) {
                scopes.push_back(scope);
            }
        } else if (scope != "offline_access") {
            return refuse("invalid_scope", "scope is wider than what was granted");
        }
    }
    // Only offline_access was asked for, which no access token carries: the grant as it is.
    const bool only_offline = std::ranges::all_of(
        scopes, [](const std::string& scope) { return scope == "offline_access"; });
    return only_offline ? connection.scopes : scopes;
}

/// E26, E28: everything that must still hold; the order decides which error is told.
OAuthResult<const catalog::Server*> check_alive(const OAuthServices& services,
                                                const Connection& connection,
                                                const TokenRequest& request) {
    if (!may_refresh(request.client, connection.scopes)) {
        return refuse("unauthorized_client", "this client may not use refresh tokens");
    }
    if (connection.expires_at <= request.now ||
        connection.last_used_at + request.catalog.tokens.refresh_idle <= request.now) {
        return refuse("invalid_grant", "the authorization has expired");
    }
    const catalog::Server* server = request.catalog.find_server(connection.server);
    if (server == nullptr || server->origin != request.issuer) {
        return refuse("invalid_grant", "the server is gone");
    }
    const auto user = services.users.find(connection.user_id);
    if (!user && user.error().code != ErrorCode::kNotFound) {
        return refuse_unavailable(user.error());
    }
    if (!user || user->disabled) {
        return refuse("invalid_grant", "the user may not sign in");
    }
    // Whom an operator took off the lists must not stay for as long as the refresh token lives.
    if (!may_use_server(*server, request.client)) {
        return refuse("unauthorized_client", "this client may not use the server");
    }
    if (!may_authorize(server->access, *user)) {
        return refuse("invalid_grant", "the user may not use the server");
    }
    if (auto resource = check_resource(request.form, *server); !resource) {
        return std::unexpected(resource.error());
    }
    if (!server->profile.empty() && services.grant_usable &&
        !services.grant_usable(connection.user_id, server->name)) {
        return refuse("invalid_grant", "the connected account must be authorized again");
    }
    return server;
}

enum class Step { kDone, kLost };

/// Puts a successor in the token's place, unless another request did so first.
OAuthResult<Step> rotate(const OAuthServices& services,
                         const Family& family,
                         const TokenRequest& request,
                         std::string& successor) {
    successor = crypto::random_token();
    const auto sealer = successor_sealer(request.form.get("refresh_token"));
    const auto rotated =
        services.connections.rotate({.old_digest = family.token.digest,
                                     .next = {.digest = crypto::token_digest(successor),
                                              .connection_id = family.connection.id,
                                              .issued_at = request.now},
                                     .successor_box = sealer.seal(successor, family.connection.id),
                                     .now = request.now});
    if (!rotated) {
        return refuse_unavailable(rotated.error());
    }
    return *rotated ? Step::kDone : Step::kLost;
}

/// The successor that another request, or a lost answer, already made of this token (E23). Where it
/// was replaced in its turn, the one that lives: any other would be refused an hour later.
OAuthResult<std::string> open_successor(const OAuthServices& services,
                                        const Family& family,
                                        const TokenRequest& request) {
    std::string token(request.form.get("refresh_token"));
    RefreshToken stored = family.token;
    for (int generation = 0; generation < kMaxGenerations && stored.retired_at; ++generation) {
        const auto successor =
            successor_sealer(token).open(stored.successor_box, family.connection.id);
        if (!successor) {
            return refuse("invalid_grant", "the refresh token was replaced");
        }
        token = std::string(successor->reveal());
        auto next = services.connections.find_refresh_token(crypto::token_digest(token));
        if (!next) {
            return refuse_unavailable(next.error());
        }
        stored = *std::move(next);
    }
    return token;
}

OAuthResult<TokenGrant> finish(const OAuthServices& services,
                               const Connection& connection,
                               const TokenRequest& request,
                               const catalog::Server& server,
                               std::string refresh_token) {
    const auto scopes = narrow_scopes(connection, request);
    if (!scopes) {
        return std::unexpected(scopes.error());
    }
    TokenGrant grant{
        .access = issue_access_token(services.keys, {.server = server,
                                                     .connection = connection,
                                                     .scopes = *scopes,
                                                     .ttl = request.catalog.tokens.access_ttl,
                                                     .now = request.now}),
        .refresh_token = std::move(refresh_token)};
    audit::Event event = token_event("token.refreshed", connection, request);
    event.detail = {{"scope", join(grant.access.scopes, " ")}};
    if (const auto recorded = services.events.record(event); !recorded) {
        // The rotation stands: the client asks again inside the grace and gets the same successor.
        return refuse_unavailable(recorded.error());
    }
    return grant;
}

}  // namespace

OAuthResult<TokenGrant> refresh_tokens(const OAuthServices& services, const TokenRequest& request) {
    if (!request.form.has("refresh_token")) {
        return refuse("invalid_request", "refresh_token is missing");
    }
    const std::string digest = crypto::token_digest(request.form.get("refresh_token"));
    // Twice: who loses the race for the rotation finds the token retired the next time round.
    for (int round = 0; round < 2; ++round) {
        const auto family = find_family(services, request, digest);
        if (!family) {
            return std::unexpected(family.error());
        }
        const bool retired = family->token.retired_at.has_value();
        if (retired && !is_in_grace(family->token, request)) {
            return refuse_retired(services, *family, request);
        }
        const auto server = check_alive(services, family->connection, request);
        if (!server) {
            return std::unexpected(server.error());
        }
        // Before the rotation: a scope that is too wide must not cost the token (I53).
        if (auto scopes = narrow_scopes(family->connection, request); !scopes) {
            return std::unexpected(scopes.error());
        }
        if (retired) {
            auto successor = open_successor(services, *family, request);
            if (!successor) {
                return std::unexpected(successor.error());
            }
            return finish(services, family->connection, request, **server, *std::move(successor));
        }
        std::string successor;
        const auto rotated = rotate(services, *family, request, successor);
        if (!rotated) {
            return std::unexpected(rotated.error());
        }
        if (*rotated == Step::kDone) {
            return finish(services, family->connection, request, **server, std::move(successor));
        }
    }
    return refuse_unavailable(
        {.code = ErrorCode::kConflict, .message = "refresh lost its race twice"});
}

}  // namespace gatehouse::oauth
