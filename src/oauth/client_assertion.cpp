// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_assertion.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/url.h"
#include "crypto/jwt.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::seconds;

constexpr seconds kSkew{60};
constexpr seconds kMaxLifetime = std::chrono::minutes(5);
constexpr std::size_t kMaxIdBytes = 1024;
constexpr std::size_t kMaxJtiBytes = 256;
constexpr std::size_t kMaxKeys = 10;
constexpr std::size_t kMaxUriBytes = 512;
// Tokens of another kind have another `typ` (RFC 8725 §3.11); many signers write "JWT".
constexpr std::array<std::string_view, 3> kTypes{"", "JWT", "client-authentication+jwt"};

std::unexpected<Error> invalid(std::string_view why) {
    return fail(ErrorCode::kInvalid, "the client assertion " + std::string(why));
}

std::unexpected<OAuthError> bad_keys(std::string_view why) {
    return refuse("invalid_client_metadata", why);
}

Result<std::string> read_key_set(const json::Value& value) {
    const auto* const set = value.if_object();
    const auto* const list = set != nullptr ? set->if_contains("keys") : nullptr;
    if (list == nullptr || !list->is_array() || list->get_array().empty() ||
        list->get_array().size() > kMaxKeys) {
        return fail(ErrorCode::kInvalid, "jwks must have an array of 1 to 10 keys");
    }
    json::Array kept;
    for (const json::Value& item : list->get_array()) {
        const auto key = item.is_object() ? crypto::PublicKey::from_jwk(item.get_object())
                                          : fail(ErrorCode::kInvalid, "no object");
        if (!key) {
            return fail(ErrorCode::kInvalid,
                        "jwks must have public EC, RSA or Ed25519 keys and nothing else");
        }
        kept.emplace_back(key->to_jwk());
    }
    return json::dump(json::Object{{"keys", std::move(kept)}});
}

}  // namespace

const std::vector<crypto::Alg>& assertion_algs() {
    static const std::vector<crypto::Alg> kAlgs{crypto::Alg::kEs256, crypto::Alg::kEs384,
                                                crypto::Alg::kRs256, crypto::Alg::kPs256,
                                                crypto::Alg::kEdDsa};
    return kAlgs;
}

Result<ClientAssertion> read_client_assertion(std::string_view token,
                                              std::string_view issuer,
                                              Timestamp now) {
    const auto jwt = crypto::decode_jwt(token);
    if (!jwt) {
        return invalid("is no signed JWT of an algorithm that is taken");
    }
    if (std::ranges::find(kTypes, jwt->typ) == kTypes.end()) {
        return invalid("is a token of another kind");
    }
    const auto& claims = jwt->claims;
    const auto subject = json::get_string(claims, "sub");
    if (!subject || subject->empty() || subject->size() > kMaxIdBytes ||
        json::get_string(claims, "iss") != subject) {
        return invalid("must name the client as iss and as sub");
    }
    if (!crypto::has_sole_audience(claims, issuer)) {
        return invalid("must have the issuer, and nothing else, as its audience");
    }
    const auto jti = json::get_string(claims, "jti");
    if (!jti || jti->empty() || jti->size() > kMaxJtiBytes) {
        return invalid("must have a jti");
    }
    const auto expires = json::get_int(claims, "exp");
    if (!expires) {
        return invalid("must have an exp");
    }
    const std::int64_t at = to_unix_seconds(now);
    if (*expires <= at || *expires > at + (kMaxLifetime + kSkew).count()) {
        return invalid("must end within five minutes and not have ended");
    }
    for (const std::string_view name : {"nbf", "iat"}) {
        const auto* const value = claims.if_contains(name);
        if (value != nullptr &&
            json::get_int(claims, name).value_or(INT64_MAX) > at + kSkew.count()) {
            return invalid("is not valid yet");
        }
    }
    return ClientAssertion{.client_id = *subject,
                           .jti = *jti,
                           .kid = jwt->kid,
                           .expires_at = Timestamp{seconds{*expires}}};
}

OAuthResult<void> read_client_keys(const json::Object& metadata, Client& client) {
    const auto given = [&](std::string_view name) -> const json::Value* {
        const auto* const value = metadata.if_contains(name);
        return value == nullptr || value->is_null() ? nullptr : value;
    };
    const auto* const set = given("jwks");
    const auto* const uri = given("jwks_uri");
    if ((set == nullptr) == (uri == nullptr)) {
        return bad_keys("private_key_jwt needs either jwks or jwks_uri");
    }
    if (set != nullptr) {
        auto keys = read_key_set(*set);
        if (!keys) {
            return bad_keys(keys.error().message);
        }
        client.jwks = *std::move(keys);
        return {};
    }
    const std::string text = json::get_string(metadata, "jwks_uri").value_or("");
    const auto url = parse_url(text);
    if (!url || url->scheme != "https" || url->has_userinfo || url->has_fragment ||
        text.size() > kMaxUriBytes) {
        return bad_keys("jwks_uri must be an https URL");
    }
    client.jwks_uri = text;
    return {};
}

}  // namespace gatehouse::oauth
