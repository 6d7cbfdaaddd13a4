// SPDX-License-Identifier: Apache-2.0
#include "grants/connector.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "grants/callback.h"
#include "grants/scopes.h"
#include "telemetry/log.h"

namespace gatehouse::grants {
namespace {

constexpr std::chrono::minutes kLegLifetime{10};
constexpr std::chrono::minutes kPendingLifetime{10};
constexpr std::size_t kMaxHint = 320;

std::unexpected<LegError> bad_callback(std::string detail) {
    return std::unexpected(
        LegError{.failure = LegFailure::kBadCallback, .detail = std::move(detail)});
}

std::unexpected<LegError> ended(const Leg& leg, LegFailure failure, std::string detail) {
    return std::unexpected(LegError{
        .failure = failure, .transaction_id = leg.transaction_id, .detail = std::move(detail)});
}

/// With a refresh token, or by another exchange of the sign-in.
bool is_renewable(const catalog::Profile& profile, const oidc::TokenAnswer& answer) {
    return !answer.refresh.empty() || profile.exchange != catalog::ExchangeSubject::kNone;
}

LegFailure failure_of(const Error& error) {
    return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kTimeout
               ? LegFailure::kUnavailable
               : LegFailure::kRejected;
}

std::optional<std::string> parameter(const FormFields& parameters, std::string_view name) {
    for (const auto& [key, value] : parameters) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

// One answer, one meaning: a repeated parameter may be read differently elsewhere.
bool has_repeated_parameter(const FormFields& parameters) {
    constexpr std::array kOurs{"state", "code", "iss", "error"};
    return std::ranges::any_of(kOurs, [&](const char* name) {
        return std::ranges::count(parameters, name, &FormFields::value_type::first) > 1;
    });
}

// What may not be replaced by the profile's own parameters.
bool is_set_by_us(std::string_view name, const FormFields& query) {
    constexpr std::array kReserved{"login_hint", "nonce", "resource", "audience", "request"};
    return std::ranges::find(query, name, &FormFields::value_type::first) != query.end() ||
           std::ranges::find(kReserved, name) != kReserved.end();
}

void add_hint(FormFields& query, const std::string& name, const std::string& value) {
    const bool there =
        std::ranges::find(query, name, &FormFields::value_type::first) != query.end();
    if (!there && !value.empty() && sanitize_text(value, kMaxHint) == value) {
        query.emplace_back(name, value);
    }
}

struct LegSecrets {
    std::string verifier, nonce;
};

/// The client's wishes (D16) beside those of the profile.
void add_wishes(FormFields& query, const LegRequest& request) {
    const auto of_profile = std::ranges::find(query, "prompt", &FormFields::value_type::first);
    if (of_profile == query.end()) {
        add_hint(query, "prompt", request.prompt);
    } else {
        for (const std::string& word : split_words(request.prompt)) {
            if (!contains(split_words(of_profile->second), word)) {
                of_profile->second += ' ' + word;
            }
        }
    }
    add_hint(query, "login_hint", request.login_hint);
    add_hint(query, "acr_values", request.acr_values);
    add_hint(query, "ui_locales", request.ui_locales);
    if (request.max_age) {
        add_hint(query, "max_age", std::to_string(request.max_age->count()));
    }
}

FormFields authorization_query(const oidc::Party& party,
                               const Leg& leg,
                               const LegSecrets& secrets,
                               const std::string& state,
                               const LegRequest& request) {
    const catalog::Profile& profile = party.profile;
    FormFields query{
        {"response_type", "code"},
        {"client_id", party.client.client_id},
        {"redirect_uri", leg.redirect_uri},
        {profile.quirks.scope_parameter, join(leg.scopes, profile.quirks.comma_scopes ? "," : " ")},
        {"state", state},
        {"code_challenge", crypto::pkce_challenge(secrets.verifier)},
        {"code_challenge_method", "S256"}};
    if (leg.scopes.empty()) {
        std::erase_if(query, [&](const auto& field) {
            return field.first == profile.quirks.scope_parameter;
        });
    }
    for (const auto& [name, value] : profile.authorize_params) {
        if (!is_set_by_us(name, query)) {
            query.emplace_back(name, value);
        }
    }
    if (!profile.resource.empty()) {
        query.emplace_back("resource", profile.resource);
    }
    if (!profile.audience.empty()) {
        query.emplace_back("audience", profile.audience);
    }
    if (contains(leg.scopes, "openid")) {
        query.emplace_back("nonce", secrets.nonce);
    }
    add_wishes(query, request);
    return query;
}

}  // namespace

std::string Connector::cookie_name(std::string_view state) {
    return "gatehouse-leg-" + crypto::token_digest(state).substr(0, 16);
}

Result<LegStart> Connector::begin(const LegRequest& request) {
    const auto catalog = parts_.catalog.get();
    const auto* server = catalog->find_server(request.server);
    const auto* profile = server == nullptr ? nullptr : catalog->find_profile(server->profile);
    if (profile == nullptr) {
        return fail(ErrorCode::kNotFound, "this server needs no downstream account");
    }
    const auto provider = parts_.providers.provider_of(*profile);
    if (!provider) {
        return std::unexpected(provider.error());
    }
    const auto client = parts_.clients.current(*profile, *provider);
    if (!client) {
        return std::unexpected(client.error());
    }
    const std::string state = crypto::random_token(32);
    const std::string browser_secret = crypto::random_token(32);
    const LegSecrets secrets{.verifier = crypto::random_token(32),
                             .nonce = crypto::random_token(32)};
    Leg leg{.digest = crypto::token_digest(state),
            .browser_digest = crypto::token_digest(browser_secret),
            .transaction_id = request.transaction_id,
            .server = server->name,
            .profile = profile->name,
            .issuer = provider->issuer,
            .issuer_promised = provider->promises_iss,
            .redirect_uri = callback_url(server->origin, profile->name),
            .client_generation = client->generation,
            .scopes = scopes_to_ask(*profile, *server, request.scopes),
            .expires_at = parts_.clock.now() + kLegLifetime};
    leg.sealed = parts_.vault.seal_lines(
        {secrets.verifier, secrets.nonce, provider->endpoints.token}, leg.digest);
    if (auto kept = parts_.legs.insert(leg); !kept) {
        return std::unexpected(kept.error());
    }
    const oidc::Party party{.profile = *profile, .provider = *provider, .client = *client};
    return LegStart{
        .redirect_url = append_query(provider->endpoints.authorize,
                                     authorization_query(party, leg, secrets, state, request)),
        .browser_secret = browser_secret,
        .cookie_name = cookie_name(state)};
}

std::expected<Leg, LegError> Connector::admit(std::string_view profile,
                                              const FormFields& parameters,
                                              std::string_view browser_secret) {
    const auto state = parameter(parameters, "state");
    if (!state || has_repeated_parameter(parameters)) {
        return bad_callback("no state, or a repeated parameter");
    }
    auto leg = parts_.legs.find(crypto::token_digest(*state));
    if (!leg) {
        return bad_callback(describe(leg.error()));
    }
    if (leg->profile != profile) {
        return bad_callback("callback of another profile");
    }
    if (!constant_time_equal(crypto::token_digest(browser_secret), leg->browser_digest)) {
        return bad_callback("callback in another browser");
    }
    if (leg->expires_at <= parts_.clock.now()) {
        return bad_callback("state expired");
    }
    const auto issuer = parameter(parameters, "iss");
    if (issuer ? !leg->issuer.empty() && *issuer != leg->issuer : leg->issuer_promised) {
        return bad_callback("answer of another issuer, or its promised iss is absent");
    }
    // Last, so that nobody but the right browser can use it up.
    const auto first = parts_.legs.mark_used(leg->digest);
    if (!first) {
        return bad_callback(describe(first.error()));
    }
    if (!*first) {
        return bad_callback("callback replayed");
    }
    return std::move(*leg);
}

std::expected<LegResult, LegError> Connector::complete(std::string_view profile,
                                                       const FormFields& parameters,
                                                       std::string_view browser_secret) {
    const auto leg = admit(profile, parameters, browser_secret);
    if (!leg) {
        return std::unexpected(leg.error());
    }
    if (const auto error = parameter(parameters, "error")) {
        const bool denied = *error == "access_denied" || *error == "consent_required" ||
                            *error == "interaction_required" || *error == "login_required";
        const bool passing = *error == "temporarily_unavailable" || *error == "server_error";
        return ended(*leg,
                     denied    ? LegFailure::kDenied
                     : passing ? LegFailure::kUnavailable
                               : LegFailure::kRejected,
                     "downstream answered " + to_safe_ascii(*error, 64));
    }
    const auto code = parameter(parameters, "code");
    if (!code || code->empty()) {
        return ended(*leg, LegFailure::kRejected, "neither code nor error in the callback");
    }
    return redeem(*leg, *code);
}

std::expected<LegResult, LegError> Connector::redeem(const Leg& leg, std::string_view code) {
    const auto secrets = parts_.vault.open_lines(leg.sealed, leg.digest);
    if (!secrets || secrets->size() != 3) {
        return ended(leg, LegFailure::kRejected, "leg cannot be opened");
    }
    const auto catalog = parts_.catalog.get();
    const auto* profile = catalog->find_profile(leg.profile);
    if (profile == nullptr || catalog->find_server(leg.server) == nullptr) {
        return ended(leg, LegFailure::kRejected, "configuration changed meanwhile");
    }
    const auto provider = parts_.providers.provider_of(*profile);
    if (!provider) {
        return ended(leg, failure_of(provider.error()), describe(provider.error()));
    }
    if (provider->issuer != leg.issuer || provider->endpoints.token != secrets->at(2)) {
        return ended(leg, LegFailure::kRejected, "downstream server changed meanwhile");
    }
    const auto client = parts_.clients.of_generation(*profile, leg.client_generation);
    if (!client) {
        return ended(leg, failure_of(client.error()), describe(client.error()));
    }
    const oidc::Party party{.profile = *profile, .provider = *provider, .client = *client};
    const auto answer = parts_.tokens.redeem(
        party, {.code = code, .redirect_uri = leg.redirect_uri, .verifier = secrets->at(0)});
    if (answer) {
        return finish(leg, party, *answer, secrets->at(1));
    }
    return std::unexpected(refused(leg, party, answer.error()));
}

LegError Connector::refused(const Leg& leg,
                            const oidc::Party& party,
                            const oidc::TokenFailure& failure) {
    if (failure.refusal == oidc::TokenRefusal::kOperator) {
        telemetry::error("grants", "the server of profile {} refuses our client: {}", leg.profile,
                         failure.code);
        if (failure.code == "invalid_client") {
            parts_.clients.retire(party.profile, party.client.generation);
        }
    }
    return {.failure = failure.refusal == oidc::TokenRefusal::kTransient ? LegFailure::kUnavailable
                                                                         : LegFailure::kRejected,
            .transaction_id = leg.transaction_id,
            .detail = "no tokens were issued: " + failure.code};
}

Result<PendingGrant> Connector::keep(const Leg& leg,
                                     const oidc::Party& party,
                                     const oidc::TokenAnswer& answer) {
    const Timestamp now = parts_.clock.now();
    PendingGrant pending{
        .id = crypto::random_token(24),
        .server = leg.server,
        .profile = leg.profile,
        .issuer = leg.issuer,
        .client_generation = leg.client_generation,
        .scopes = answer.scopes.value_or(leg.scopes),
        .renewable = is_renewable(party.profile, answer),
        .obtained_at = now,
        .token_expires_at = oidc::token_end(answer, now, party.profile.default_token_ttl),
        .expires_at = now + kPendingLifetime};
    pending.sealed = parts_.vault.seal(
        {.access = answer.access, .refresh = answer.refresh},
        {.server = pending.server, .profile = pending.profile, .user = Owner::pending(pending.id)});
    if (auto kept = parts_.legs.insert_pending(pending); !kept) {
        return std::unexpected(kept.error());
    }
    return pending;
}

std::expected<LegResult, LegError> Connector::finish(const Leg& leg,
                                                     const oidc::Party& party,
                                                     const oidc::TokenAnswer& answer,
                                                     std::string_view nonce) {
    const auto pending = keep(leg, party, answer);
    if (!pending) {
        (void)parts_.tokens.revoke(party, {.access = answer.access, .refresh = answer.refresh});
        return ended(leg, LegFailure::kUnavailable, describe(pending.error()));
    }
    const auto catalog = parts_.catalog.get();
    const auto* server = catalog->find_server(leg.server);
    if (server == nullptr || is_too_wide(party.profile, *server, pending->scopes)) {
        forget(*pending);
        return ended(leg, LegFailure::kRejected, "granted scopes of other servers");
    }
    auto identity = parts_.identities.read(party, answer, nonce);
    if (!identity) {
        forget(*pending);
        return ended(leg, failure_of(identity.error()), describe(identity.error()));
    }
    if (const std::optional<oidc::Identity>& named = *identity; named) {
        const auto kept = parts_.legs.set_account(pending->id, named->subject, named->email);
        if (!kept) {
            forget(*pending);
            return ended(leg, LegFailure::kUnavailable, describe(kept.error()));
        }
    }
    return LegResult{.transaction_id = leg.transaction_id,
                     .server = leg.server,
                     .identity = std::move(*identity),
                     .pending_grant = pending->id};
}

}  // namespace gatehouse::grants
