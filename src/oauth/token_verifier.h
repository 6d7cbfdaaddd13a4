// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/live.h"
#include "base/result.h"
#include "crypto/jwk.h"

namespace gatehouse::oauth {

/// What decides whether an access token is good, as one immutable snapshot.
struct Trust {
    crypto::KeySet keys;
    std::unordered_set<std::string>
        revoked_connections;  ///< `sid`s, kept until their last token expired
    std::unordered_set<std::string> revoked_tokens;  ///< `jti`s of tokens revoked alone
};

using LiveTrust = Live<Trust>;

struct AccessToken {
    std::string subject;  ///< user id
    std::string client_id;
    std::string connection;  ///< `sid`
    std::string token_id;    ///< `jti`
    std::vector<std::string> scopes;
    std::int64_t expires_at = 0;  ///< Unix seconds
};

enum class TokenFault { kMalformed, kExpired, kRejected };

/// Checks signature, typ at+jwt, iss, the sole aud, exp, nbf, iat (60 s leeway for the last two,
/// none for exp) and required claims (requirements A17, A18, F02). Pure: revocation is
/// `is_revoked`, which must be asked again on every request.
[[nodiscard]] std::expected<AccessToken, TokenFault> verify_access_token(std::string_view token,
                                                                         std::string_view issuer,
                                                                         std::string_view audience,
                                                                         const crypto::KeySet& keys,
                                                                         Timestamp now);

[[nodiscard]] inline bool is_revoked(const AccessToken& token, const Trust& trust) {
    return trust.revoked_connections.contains(token.connection) ||
           trust.revoked_tokens.contains(token.token_id);
}

}  // namespace gatehouse::oauth
