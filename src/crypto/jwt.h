// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crypto/jwk.h"

namespace gatehouse::crypto {

/// A compact JWS whose signature was verified. Claims (exp, aud, …) are for the caller to judge.
struct VerifiedJwt {
    json::Object header;
    json::Object claims;
};

/// A compact JWS split but not verified: only to choose keys with.
struct DecodedJwt {
    json::Object header;
    json::Object claims;
    Alg alg = Alg::kEs256;
    std::string kid, typ;  ///< empty when absent
};

[[nodiscard]] std::string sign_jwt(const SigningKey& key,
                                   std::string_view typ,
                                   const json::Object& claims);

/// kInvalid for anything but three strict base64url parts of JSON objects, an allowed alg, and no
/// `crit` (RFC 7515 §4.1.11). At most 16 KiB.
[[nodiscard]] Result<DecodedJwt> decode_jwt(std::string_view token);

/// Verifies with one of `keys`. Header keys (`jwk`, `jku`, `x5u`) are never used (RFC 8725 §3).
[[nodiscard]] Result<VerifiedJwt> verify_jwt(std::string_view token,
                                             const KeySet& keys,
                                             const std::vector<Alg>& allowed);

/// True if `aud` is the string or a one-element array equal to `audience`.
[[nodiscard]] bool has_sole_audience(const json::Object& claims, std::string_view audience);
/// True if `aud` is the string or an array that contains `audience`.
[[nodiscard]] bool has_audience(const json::Object& claims, std::string_view audience);

}  // namespace gatehouse::crypto
