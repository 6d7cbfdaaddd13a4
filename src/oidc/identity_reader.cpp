// SPDX-License-Identifier: Apache-2.0
#include "oidc/identity_reader.h"

#include <string>
#include <utility>

#include "crypto/jwt.h"

namespace gatehouse::oidc {
namespace {

using catalog::IdentitySource;

constexpr std::int64_t kLeeway = 60;

std::unexpected<Error> reject(std::string detail) {
    return fail(ErrorCode::kPeer, "the account could not be verified", std::move(detail));
}

bool is_for_client(const json::Object& claims, const std::string& client_id) {
    if (!crypto::has_audience(claims, client_id)) {
        return false;
    }
    const auto azp = json::get_string(claims, "azp");
    if (azp || claims.contains("azp")) {
        return azp == client_id;
    }
    return crypto::has_sole_audience(claims, client_id);
}

/// An address and whether it is verified are taken from the same place.
void add_absent(json::Object& claims, const json::Object& more, const catalog::IdentityRule& rule) {
    const auto email = json::get_string(claims, rule.email);
    const bool other_email = email && json::get_string(more, rule.email) != email;
    if (!email) {
        claims.erase("email_verified");
    }
    for (const auto& member : more) {
        const bool fits = !other_email || member.key() != "email_verified";
        if (fits && !claims.contains(member.key())) {
            claims.emplace(member.key(), member.value());
        }
    }
}

}  // namespace

Result<void> IdentityReader::check_times(const json::Object& claims) const {
    const std::int64_t now = to_unix_seconds(clock_.now());
    const auto exp = json::get_int(claims, "exp");
    if (!exp || *exp <= now - kLeeway) {
        return reject("token is expired or has no exp");
    }
    for (const std::string_view name : {"nbf", "iat"}) {
        if (!claims.contains(name)) {
            continue;
        }
        const auto time = json::get_int(claims, name);
        if (!time || *time > now + kLeeway) {
            return reject("token is not valid yet");
        }
    }
    return {};
}

Result<json::Object> IdentityReader::id_token_claims(const Party& party,
                                                     const TokenAnswer& answer,
                                                     std::string_view nonce) {
    if (answer.id_token.empty()) {
        return reject("no ID token in the answer");
    }
    auto token = providers_.verify(party.provider, answer.id_token.reveal());
    if (!token) {
        return std::unexpected(token.error());
    }
    const json::Object& claims = token->claims;
    if (party.provider.issuer.empty() || json::get_string(claims, "iss") != party.provider.issuer) {
        return reject("ID token of another issuer");
    }
    if (!is_for_client(claims, party.client.client_id)) {
        return reject("ID token for another client");
    }
    if (json::get_string(claims, "nonce") != nonce) {
        return reject("ID token of another authorization");
    }
    if (auto fine = check_times(claims); !fine) {
        return std::unexpected(fine.error());
    }
    return std::move(token->claims);
}

Result<json::Object> IdentityReader::access_token_claims(const Party& party,
                                                         const TokenAnswer& answer) {
    auto token = providers_.verify(party.provider, answer.access.reveal());
    if (!token) {
        return std::unexpected(token.error());
    }
    const json::Object& claims = token->claims;
    if (party.provider.issuer.empty() || json::get_string(claims, "iss") != party.provider.issuer) {
        return reject("access token of another issuer");
    }
    const catalog::Profile& profile = party.profile;
    const bool for_resource =
        (!profile.resource.empty() && crypto::has_audience(claims, profile.resource)) ||
        (!profile.audience.empty() && crypto::has_audience(claims, profile.audience));
    if (!for_resource) {
        return reject("access token for another audience");
    }
    if (auto fine = check_times(claims); !fine) {
        return std::unexpected(fine.error());
    }
    return std::move(token->claims);
}

Result<json::Object> IdentityReader::userinfo_claims(const Party& party,
                                                     const TokenAnswer& answer) {
    const auto response =
        http_.send({.url = party.provider.endpoints.userinfo,
                    .headers = {{"Accept", "application/json"},
                                {"Authorization", "Bearer " + std::string(answer.access.reveal())}},
                    .timeout = std::chrono::milliseconds{5000},
                    .max_body = 256UL * 1024});
    if (!response) {
        return std::unexpected(response.error());
    }
    if (response->status >= 500 || response->status == 429) {
        return fail(ErrorCode::kUnavailable, "userinfo is failing");
    }
    auto object = json::parse_object(response->body);
    if (response->status != 200 || !object) {
        return reject("userinfo answered HTTP " + std::to_string(response->status));
    }
    return object;
}

Result<json::Object> IdentityReader::sign_in_claims(const Party& party,
                                                    const TokenAnswer& answer,
                                                    std::string_view nonce) {
    auto claims = id_token_claims(party, answer, nonce);
    const catalog::IdentityRule& rule = party.profile.identity;
    if (!claims || party.provider.endpoints.userinfo.empty() ||
        (claims->contains(rule.email) && claims->contains("email_verified") &&
         claims->contains(rule.groups))) {
        return claims;
    }
    // Rules may deny by group: not to know the groups is no reason to let somebody in.
    const auto more = userinfo_claims(party, answer);
    if (!more) {
        return std::unexpected(more.error());
    }
    const auto subject = json::get_string(*claims, "sub");
    if (!subject || json::get_string(*more, "sub") != subject) {
        return reject("userinfo of another account");
    }
    add_absent(*claims, *more, rule);
    return claims;
}

Result<std::optional<Identity>> IdentityReader::read(const Party& party,
                                                     const TokenAnswer& answer,
                                                     std::string_view nonce) {
    const catalog::IdentityRule& rule = party.profile.identity;
    Result<json::Object> claims = json::Object{};
    switch (rule.from) {
        case IdentitySource::kNone:
            return std::nullopt;
        case IdentitySource::kIdToken:
            claims = id_token_claims(party, answer, nonce);
            break;
        case IdentitySource::kUserinfo:
            claims = userinfo_claims(party, answer);
            break;
        case IdentitySource::kIntrospection:
            claims = tokens_.introspect(party, answer.access);
            break;
        case IdentitySource::kAccessToken:
            claims = access_token_claims(party, answer);
            break;
    }
    if (!claims) {
        return std::unexpected(claims.error());
    }
    auto identity = to_identity(*claims, rule);
    if (!identity) {
        return std::unexpected(identity.error());
    }
    return std::optional<Identity>(std::move(*identity));
}

}  // namespace gatehouse::oidc
