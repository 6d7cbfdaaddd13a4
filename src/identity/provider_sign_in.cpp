// SPDX-License-Identifier: Apache-2.0
#include "identity/provider_sign_in.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/strings.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "identity/internal/provider_party.h"
#include "telemetry/log.h"

namespace gatehouse::identity {
namespace {

using Why = ProviderFailure::Why;
using internal::to_client;
using internal::to_profile;

constexpr std::chrono::minutes kLegLife{10};
constexpr std::size_t kMostPerTransaction = 5;

std::unexpected<ProviderFailure> ended(Why why, std::string detail) {
    return std::unexpected(ProviderFailure{.why = why, .detail = std::move(detail)});
}

std::unexpected<ProviderFailure> bad_callback(std::string detail) {
    return ended(Why::kBadCallback, std::move(detail));
}

Why why_of(const Error& error) {
    return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kTimeout
               ? Why::kUnavailable
               : Why::kRejected;
}

std::optional<std::string> parameter(const FormFields& parameters, std::string_view name) {
    const auto it = std::ranges::find(parameters, name, &FormFields::value_type::first);
    return it == parameters.end() ? std::nullopt : std::optional(it->second);
}

/// One answer, one meaning: a repeated parameter may be read differently elsewhere.
bool has_repeated_parameter(const FormFields& parameters) {
    constexpr std::array kOurs{"state", "code", "iss", "error"};
    return std::ranges::any_of(kOurs, [&](const char* name) {
        return std::ranges::count(parameters, name, &FormFields::value_type::first) > 1;
    });
}

struct Secrets {
    std::string verifier, nonce, token_endpoint;
};

std::string to_lines(const Secrets& secrets) {
    return secrets.verifier + '\n' + secrets.nonce + '\n' + secrets.token_endpoint;
}

std::optional<Secrets> from_lines(std::string_view text) {
    const auto lines = split(text, '\n');
    if (lines.size() != 3) {
        return std::nullopt;
    }
    return Secrets{.verifier = std::string(lines[0]),
                   .nonce = std::string(lines[1]),
                   .token_endpoint = std::string(lines[2])};
}

FormFields authorization_query(const catalog::Profile& profile,
                               const catalog::OidcProvider& entry,
                               const Secrets& secrets,
                               const ProviderRequest& request) {
    FormFields query{{"response_type", "code"},
                     {"client_id", entry.client_id},
                     {"redirect_uri", request.redirect_uri},
                     {"scope", join(profile.scopes, " ")},
                     {"code_challenge", crypto::pkce_challenge(secrets.verifier)},
                     {"code_challenge_method", "S256"},
                     {"nonce", secrets.nonce}};
    const ProviderWishes& wishes = request.wishes;
    for (const auto& [name, value] :
         {std::pair{"prompt", &wishes.prompt}, std::pair{"login_hint", &wishes.login_hint},
          std::pair{"acr_values", &wishes.acr_values},
          std::pair{"ui_locales", &wishes.ui_locales}}) {
        if (!value->empty()) {
            query.emplace_back(name, *value);
        }
    }
    if (wishes.max_age) {
        query.emplace_back("max_age", std::to_string(wishes.max_age->count()));
    }
    return query;
}

ExternalUser to_person(const catalog::OidcProvider& entry, oidc::Identity identity) {
    return {.source = entry.name,
            .subject = std::move(identity.subject),
            .email = std::move(identity.email),
            .name = std::move(identity.name),
            .email_verified = identity.email_verified,
            .groups = std::move(identity.groups)};
}

std::unexpected<ProviderFailure> refuse_error(std::string_view error) {
    constexpr std::array<std::string_view, 4> kDenied{"access_denied", "consent_required",
                                                      "interaction_required", "login_required"};
    const bool passing = error == "temporarily_unavailable" || error == "server_error";
    const bool denied = std::ranges::find(kDenied, error) != kDenied.end();
    return ended(denied    ? Why::kDenied
                 : passing ? Why::kUnavailable
                           : Why::kRejected,
                 "the provider answered " + to_safe_ascii(error, 64));
}

/// Times that no calendar knows count as not said.
std::optional<Timestamp> read_time(const json::Object& claims, std::string_view name) {
    constexpr std::int64_t kYear3000 = 32'503'680'000;
    const auto seconds = json::get_int(claims, name);
    return seconds && *seconds > 0 && *seconds < kYear3000
               ? std::optional(from_unix_millis(*seconds * 1000))
               : std::nullopt;
}

ProviderTokens to_tokens(const oidc::TokenAnswer& answer,
                         const json::Object& claims,
                         Timestamp now) {
    return {.subject = json::get_string(claims, "sub").value_or(""),
            .access = answer.access,
            .refresh = answer.refresh,
            .id_token = answer.id_token,
            .access_ends = oidc::token_end(answer, now, std::chrono::seconds{0}),
            .id_token_ends = read_time(claims, "exp").value_or(Timestamp{})};
}

/// The person behind verified claims, if the entry lets them in.
std::expected<ProviderAnswer, ProviderFailure> vouch(const catalog::OidcProvider& entry,
                                                     const json::Object& claims,
                                                     const catalog::IdentityRule& rule) {
    auto identity = oidc::to_identity(claims, rule);
    if (!identity) {
        return ended(Why::kRejected, describe(identity.error()));
    }
    if (!is_allowed(entry, identity->email, identity->email_verified)) {
        return identity->email_verified && !identity->email.empty()
                   ? ended(Why::kWrongDomain, "the address is in no allowed domain")
                   : ended(Why::kNotVerified, "no verified address");
    }
    return ProviderAnswer{.person = to_person(entry, *std::move(identity)),
                          .auth_time = read_time(claims, "auth_time")};
}

}  // namespace

bool is_allowed(const catalog::OidcProvider& entry, std::string_view email, bool email_verified) {
    if (entry.allowed_domains.empty()) {
        return true;
    }
    const auto at = email.rfind('@');
    return email_verified && at != std::string_view::npos &&
           contains(entry.allowed_domains, to_lower(email.substr(at + 1)));
}

ProviderSignIn::ProviderSignIn(const Needs& needs, crypto::Sealer sealer)
    : needs_(needs),
      sealer_(std::move(sealer)),
      providers_(needs.http, needs.clock),
      tokens_(needs.http, needs.clock),
      identities_(providers_, tokens_, needs.http, needs.clock) {}

Result<std::string> ProviderSignIn::begin(const ProviderRequest& request) {
    const auto catalog = needs_.catalog.get();
    const auto* entry = catalog->find_oidc(request.provider);
    if (entry == nullptr) {
        return fail(ErrorCode::kNotFound, "there is no such way to sign in");
    }
    const catalog::Profile profile = to_profile(*entry);
    const auto provider = providers_.provider_of(profile);
    if (!provider) {
        return std::unexpected(provider.error());
    }
    const std::string state = crypto::random_token();
    const Secrets secrets{.verifier = crypto::random_token(),
                          .nonce = crypto::random_token(),
                          .token_endpoint = provider->endpoints.token};
    SignInLeg leg{.digest = crypto::token_digest(state),
                  .browser_digest = crypto::token_digest(request.browser_secret),
                  .transaction_id = request.transaction_id,
                  .provider = entry->name,
                  .issuer = provider->issuer,
                  .issuer_promised = provider->promises_iss,
                  .redirect_uri = request.redirect_uri,
                  .expires_at = needs_.clock.now() + kLegLife};
    leg.sealed = sealer_.seal(to_lines(secrets), leg.digest);
    if (auto kept = needs_.legs.insert(leg, kMostPerTransaction); !kept) {
        return std::unexpected(kept.error());
    }
    FormFields query = authorization_query(profile, *entry, secrets, request);
    query.emplace_back("state", state);
    return append_query(provider->endpoints.authorize, query);
}

Result<std::string> ProviderSignIn::find_transaction(const FormFields& parameters) {
    const auto state = parameter(parameters, "state");
    if (!state || has_repeated_parameter(parameters)) {
        return fail(ErrorCode::kNotFound, "no state, or a repeated parameter");
    }
    auto leg = needs_.legs.find(crypto::token_digest(*state));
    return leg ? Result<std::string>(std::move(leg->transaction_id)) : std::unexpected(leg.error());
}

std::expected<SignInLeg, ProviderFailure> ProviderSignIn::admit(std::string_view provider,
                                                                const FormFields& parameters,
                                                                std::string_view browser_secret) {
    const auto state = parameter(parameters, "state");
    if (!state || has_repeated_parameter(parameters)) {
        return bad_callback("no state, or a repeated parameter");
    }
    auto leg = needs_.legs.find(crypto::token_digest(*state));
    if (!leg) {
        return bad_callback(describe(leg.error()));
    }
    if (leg->provider != provider) {
        return bad_callback("answer at the redirect URI of another provider");
    }
    if (!constant_time_equal(crypto::token_digest(browser_secret), leg->browser_digest)) {
        return bad_callback("answer in another browser");
    }
    if (leg->expires_at <= needs_.clock.now()) {
        return bad_callback("state expired");
    }
    const auto issuer = parameter(parameters, "iss");
    if (issuer ? *issuer != leg->issuer : leg->issuer_promised) {
        return bad_callback("answer of another issuer, or its promised iss is absent");
    }
    // Last, so that nobody but the right browser can use it up.
    const auto first = needs_.legs.mark_used(leg->digest);
    if (!first) {
        return bad_callback(describe(first.error()));
    }
    if (!*first) {
        return bad_callback("answer replayed");
    }
    return *std::move(leg);
}

std::expected<ProviderAnswer, ProviderFailure> ProviderSignIn::complete(
    std::string_view provider, const FormFields& parameters, std::string_view browser_secret) {
    const auto leg = admit(provider, parameters, browser_secret);
    if (!leg) {
        return std::unexpected(leg.error());
    }
    if (const auto error = parameter(parameters, "error")) {
        return refuse_error(*error);
    }
    const auto code = parameter(parameters, "code");
    if (!code || code->empty()) {
        return ended(Why::kRejected, "neither code nor error in the answer");
    }
    return redeem(*leg, *code);
}

std::expected<ProviderAnswer, ProviderFailure> ProviderSignIn::redeem(const SignInLeg& leg,
                                                                      std::string_view code) {
    const auto box = sealer_.open(leg.sealed, leg.digest);
    const auto secrets = box ? from_lines(box->reveal()) : std::nullopt;
    if (!secrets) {
        return ended(Why::kRejected, "the redirect cannot be opened");
    }
    const auto catalog = needs_.catalog.get();
    const auto* entry = catalog->find_oidc(leg.provider);
    if (entry == nullptr) {
        return ended(Why::kRejected, "configuration changed meanwhile");
    }
    const catalog::Profile profile = to_profile(*entry);
    const auto provider = providers_.provider_of(profile);
    if (!provider) {
        return ended(why_of(provider.error()), describe(provider.error()));
    }
    // A code goes nowhere but to whom the person was sent (mix-up).
    if (provider->issuer != leg.issuer || provider->endpoints.token != secrets->token_endpoint) {
        return ended(Why::kRejected, "the provider changed meanwhile");
    }
    const oidc::ClientCredentials client = to_client(*entry, *provider);
    const oidc::Party party{.profile = profile, .provider = *provider, .client = client};
    const auto answer = tokens_.redeem(
        party, {.code = code, .redirect_uri = leg.redirect_uri, .verifier = secrets->verifier});
    if (!answer) {
        const oidc::TokenFailure& failure = answer.error();
        if (failure.refusal == oidc::TokenRefusal::kOperator) {
            telemetry::error("identity", "sign_in.oidc.{} refuses our client: {}", entry->name,
                             failure.code);
        }
        return ended(
            failure.refusal == oidc::TokenRefusal::kTransient ? Why::kUnavailable : Why::kRejected,
            "code not redeemed: " + failure.code);
    }
    const auto claims = identities_.sign_in_claims(party, *answer, secrets->nonce);
    if (!claims) {
        return ended(why_of(claims.error()), describe(claims.error()));
    }
    auto vouched = vouch(*entry, *claims, profile.identity);
    if (vouched) {
        vouched->tokens = to_tokens(*answer, *claims, needs_.clock.now());
    }
    return vouched;
}

Result<void> ProviderSignIn::tidy() {
    return needs_.legs.remove_expired(needs_.clock.now());
}

}  // namespace gatehouse::identity
