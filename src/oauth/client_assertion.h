// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "crypto/jwk.h"
#include "oauth/client.h"
#include "oauth/oauth_error.h"

/// Clients that prove who they are with a signature: `private_key_jwt` (RFC 7523 §3, E06).
namespace gatehouse::oauth {

inline constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
inline constexpr std::string_view kPrivateKeyJwt = "private_key_jwt";

/// The algorithms that are taken, as the metadata names them.
[[nodiscard]] const std::vector<crypto::Alg>& assertion_algs();

/// What an assertion says of itself; whether it is true, its signature tells.
struct ClientAssertion {
    std::string client_id, jti, kid;
    Timestamp expires_at;
};

/// Everything but the signature: issuer and subject are the same client, `issuer` (ours) is the
/// only audience, it ends within five minutes, it has a `jti`, and it is of no other kind by its
/// `typ`. kInvalid says what is wrong.
[[nodiscard]] Result<ClientAssertion> read_client_assertion(std::string_view token,
                                                            std::string_view issuer,
                                                            Timestamp now);

/// The keys of a registration or metadata document go into `client`: exactly one of `jwks`, of
/// public asymmetric keys only, and `jwks_uri`, an https URL (C06). invalid_client_metadata.
[[nodiscard]] OAuthResult<void> read_client_keys(const json::Object& metadata, Client& client);

}  // namespace gatehouse::oauth
