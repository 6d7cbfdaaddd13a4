// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/result.h"
#include "crypto/internal/openssl.h"
#include "crypto/jwk.h"

namespace gatehouse::crypto {

enum class KeyType { kP256, kP384, kRsa, kEd25519 };

/// What a PublicKey shares between its copies. `x` and `y`, or `n` and `e`: base64url.
struct PublicKey::Impl {
    KeyType type = KeyType::kP256;
    std::string kid;
    std::optional<Alg> only;  ///< the `alg` member, or the one algorithm of the type
    std::string x, y;         ///< EC and OKP
    std::string n, e;         ///< RSA
    internal::Owned<EVP_PKEY> key;
};

struct SigningKey::Impl {
    Alg alg = Alg::kEs256;
    internal::Owned<EVP_PKEY> key;
    std::shared_ptr<const PublicKey::Impl> public_key;
};

namespace internal {

/// The public half of a key of OpenSSL's, kid = thumbprint. kInvalid unless P-256 or RSA.
[[nodiscard]] Result<std::shared_ptr<const PublicKey::Impl>> describe_public_key(EVP_PKEY* key,
                                                                                 Alg alg);

/// Bytes of r and of s in a raw ECDSA signature; 0 for other algorithms.
[[nodiscard]] std::size_t ecdsa_part_size(Alg alg);
/// JWS r‖s to DER. Nothing for a wrong length and for r or s of zero.
[[nodiscard]] std::optional<std::string> ecdsa_to_der(std::string_view raw, std::size_t part);
/// DER to JWS r‖s.
[[nodiscard]] std::optional<std::string> ecdsa_from_der(std::string_view der, std::size_t part);
/// Starts a digest-sign or digest-verify of `alg` over `key`.
enum class Direction { kSign, kVerify };
[[nodiscard]] Owned<EVP_MD_CTX> start(Alg alg, EVP_PKEY* key, Direction direction);

}  // namespace internal

}  // namespace gatehouse::crypto
