// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_verifier.h"

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"

namespace gatehouse::oauth {
namespace {

constexpr std::int64_t kLeewaySeconds = 60;

/// Ours is signed with one of these; the keys of the set narrow it down further.
const std::vector<crypto::Alg>& accepted_algs() {
    static const std::vector<crypto::Alg> algs{crypto::Alg::kEs256, crypto::Alg::kRs256};
    return algs;
}

}  // namespace

std::expected<AccessToken, TokenFault> verify_access_token(std::string_view token,
                                                           std::string_view issuer,
                                                           std::string_view audience,
                                                           const crypto::KeySet& keys,
                                                           Timestamp now) {
    if (!crypto::decode_jwt(token)) {
        return std::unexpected(TokenFault::kMalformed);
    }
    const auto verified = crypto::verify_jwt(token, keys, accepted_algs());
    if (!verified) {
        return std::unexpected(TokenFault::kRejected);
    }
    const json::Object& claims = verified->claims;
    // F07: nothing else that these keys ever sign may pass for an access token.
    if (json::get_string(verified->header, "typ") != "at+jwt" ||
        json::get_string(claims, "iss") != issuer || !crypto::has_sole_audience(claims, audience)) {
        return std::unexpected(TokenFault::kRejected);
    }
    const auto subject = json::get_string(claims, "sub");
    const auto client_id = json::get_string(claims, "client_id");
    const auto connection = json::get_string(claims, "sid");
    const auto token_id = json::get_string(claims, "jti");
    const auto issued_at = json::get_int(claims, "iat");
    const auto expires_at = json::get_int(claims, "exp");
    if (!subject || subject->empty() || !client_id || client_id->empty() || !connection ||
        connection->empty() || !token_id || token_id->empty() || !issued_at || !expires_at) {
        return std::unexpected(TokenFault::kRejected);
    }
    const std::int64_t seconds = to_unix_seconds(now);
    if (*issued_at > seconds + kLeewaySeconds) {
        return std::unexpected(TokenFault::kRejected);
    }
    if (claims.contains("nbf")) {
        const auto not_before = json::get_int(claims, "nbf");
        if (!not_before || *not_before > seconds + kLeewaySeconds) {
            return std::unexpected(TokenFault::kRejected);
        }
    }
    std::vector<std::string> scopes;
    if (claims.contains("scope")) {
        const auto scope = json::get_string(claims, "scope");
        if (!scope) {
            return std::unexpected(TokenFault::kRejected);
        }
        scopes = split_words(*scope);
    }
    if (*expires_at <= seconds) {
        return std::unexpected(TokenFault::kExpired);
    }
    return AccessToken{.subject = *subject,
                       .client_id = *client_id,
                       .connection = *connection,
                       .token_id = *token_id,
                       .key_id = json::get_string(verified->header, "kid").value_or(""),
                       .scopes = std::move(scopes),
                       .expires_at = *expires_at};
}

bool is_signed_by(const AccessToken& token, const crypto::KeySet& keys) {
    return token.personal != nullptr ||
           std::ranges::any_of(
               keys.keys, [&](const crypto::PublicKey& key) { return key.kid() == token.key_id; });
}

std::expected<std::shared_ptr<const AccessToken>, TokenFault> find_personal_token(
    std::string_view token, std::string_view server, const PersonalTokens& known, Timestamp now) {
    const auto found = known.by_digest.find(crypto::token_digest(token));
    if (found == known.by_digest.end() || found->second->personal->server != server) {
        return std::unexpected(TokenFault::kRejected);
    }
    if (found->second->expires_at <= to_unix_seconds(now)) {
        return std::unexpected(TokenFault::kExpired);
    }
    return found->second;
}

}  // namespace gatehouse::oauth
