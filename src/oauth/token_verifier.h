// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/live.h"
#include "base/result.h"
#include "crypto/jwk.h"

namespace gatehouse::oauth {

/// How personal access tokens begin, and the client that stands for all of them in policies and
/// records.
inline constexpr std::string_view kPersonalTokenPrefix = "gth_";
inline constexpr std::string_view kPersonalTokenClient = "personal-token";

/// What a personal access token is limited to besides its scopes (contract.md §11).
struct PersonalLimits {
    std::string server;
    std::vector<std::string> tools;  ///< names and globs; empty: every tool
};

struct AccessToken {
    std::string subject;  ///< user id
    std::string client_id;
    std::string connection;  ///< `sid`
    std::string token_id;    ///< `jti`
    std::string key_id;      ///< of the key that signed it; empty for personal access tokens
    std::vector<std::string> scopes;
    std::int64_t expires_at = 0;                     ///< Unix seconds
    std::shared_ptr<const PersonalLimits> personal;  ///< null: not a personal access token
};

/// The living personal access tokens at one moment, by digest. A token that is still there in the
/// next version is the same object.
struct PersonalTokens {
    std::int64_t version = 0;      ///< of the store
    std::uint64_t generation = 0;  ///< another one for each reading
    Timestamp read_at;
    std::unordered_map<std::string, std::shared_ptr<const AccessToken>> by_digest;
};

/// What decides whether an access token is good, as one immutable snapshot.
struct Trust {
    crypto::KeySet keys;
    std::unordered_set<std::string>
        revoked_connections;  ///< `sid`s, kept until their last token expired
    std::unordered_set<std::string> revoked_tokens;  ///< `jti`s of tokens revoked alone
    std::shared_ptr<const PersonalTokens> personal = std::make_shared<const PersonalTokens>();
};

using LiveTrust = Live<Trust>;

enum class TokenFault { kMalformed, kExpired, kRejected };

/// Checks signature, typ at+jwt, iss, the sole aud, exp, nbf, iat (60 s leeway for the last two,
/// none for exp) and required claims (requirements A17, A18, F02). Pure: revocation is
/// `is_revoked`, which must be asked again on every request.
[[nodiscard]] std::expected<AccessToken, TokenFault> verify_access_token(std::string_view token,
                                                                         std::string_view issuer,
                                                                         std::string_view audience,
                                                                         const crypto::KeySet& keys,
                                                                         Timestamp now);

/// A personal access token at the server of this name. Pure; `is_revoked` as above.
[[nodiscard]] std::expected<std::shared_ptr<const AccessToken>, TokenFault> find_personal_token(
    std::string_view token, std::string_view server, const PersonalTokens& known, Timestamp now);

/// False once the key that signed the token was removed.
[[nodiscard]] bool is_signed_by(const AccessToken& token, const crypto::KeySet& keys);

[[nodiscard]] inline bool is_revoked(const AccessToken& token, const Trust& trust) {
    return trust.revoked_connections.contains(token.connection) ||
           trust.revoked_tokens.contains(token.token_id);
}

}  // namespace gatehouse::oauth
