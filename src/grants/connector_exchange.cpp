// SPDX-License-Identifier: Apache-2.0
#include "base/strings.h"
#include "grants/connector.h"
#include "grants/exchange.h"
#include "grants/scopes.h"

namespace gatehouse::grants {

std::expected<LegResult, LegError> Connector::exchange(const LegRequest& request,
                                                       std::string_view user_id) {
    const auto catalog = parts_.catalog.get();
    const auto* server = catalog->find_server(request.server);
    const auto* profile = server == nullptr ? nullptr : catalog->find_profile(server->profile);
    Leg leg{.transaction_id = request.transaction_id, .server = request.server};
    const auto ended = [&](const Error& error) {
        const bool passing =
            error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kTimeout;
        return std::unexpected(
            LegError{.failure = passing ? LegFailure::kUnavailable : LegFailure::kRejected,
                     .transaction_id = leg.transaction_id,
                     .detail = describe(error)});
    };
    if (profile == nullptr || profile->exchange == catalog::ExchangeSubject::kNone) {
        return ended({.code = ErrorCode::kNotFound, .message = "nothing is exchanged here"});
    }
    const auto provider = parts_.providers.provider_of(*profile);
    if (!provider) {
        return ended(provider.error());
    }
    const auto client = parts_.clients.current(*profile, *provider);
    if (!client) {
        return ended(client.error());
    }
    leg.profile = profile->name;
    leg.issuer = provider->issuer;
    leg.client_generation = client->generation;
    leg.scopes = scopes_to_ask(*profile, *server, request.scopes);
    const oidc::Party party{.profile = *profile, .provider = *provider, .client = *client};
    const auto answer =
        grants::exchange({.subjects = parts_.subjects, .tokens = parts_.tokens}, party, *server,
                         user_id, join(leg.scopes, profile->quirks.comma_scopes ? "," : " "));
    if (answer) {
        return finish(leg, party, *answer, {});
    }
    LegError error = refused(leg, party, answer.error());
    if (answer.error().refusal == oidc::TokenRefusal::kGrantGone) {
        error.failure = LegFailure::kSignInOver;
    }
    return std::unexpected(std::move(error));
}

}  // namespace gatehouse::grants
