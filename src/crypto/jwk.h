// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"

namespace gatehouse::crypto {

/// JWS algorithms that we accept. Never `none`, never HMAC (RFC 8725 §3.1).
enum class Alg { kEs256, kEs384, kRs256, kPs256, kEdDsa };

[[nodiscard]] std::optional<Alg> parse_alg(std::string_view name);
[[nodiscard]] std::string_view alg_name(Alg alg);

/// A public key (RFC 7517), immutable and thread-safe.
class PublicKey {
  public:
    /// EC (P-256, P-384), RSA (2048 to 8192 bits) and OKP (Ed25519). kInvalid for anything else
    /// and for private or symmetric members (`d`, `k`, …).
    [[nodiscard]] static Result<PublicKey> from_jwk(const json::Object& jwk);

    [[nodiscard]] const std::string& kid() const;
    /// The one algorithm this key may be used with by its type, curve and `alg` member; RSA keys
    /// without `alg` allow RS256 and PS256.
    [[nodiscard]] bool allows(Alg alg) const;
    [[nodiscard]] bool verify(Alg alg,
                              std::string_view signed_bytes,
                              std::string_view signature) const;
    /// Public members only, with kid, use and alg.
    [[nodiscard]] json::Object to_jwk() const;
    /// RFC 7638.
    [[nodiscard]] std::string thumbprint() const;

    struct Impl;

  private:
    friend class SigningKey;

    explicit PublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

    std::shared_ptr<const Impl> impl_;
};

/// A private key of ours.
class SigningKey {
  public:
    /// ES256 (default) or RS256 (2048 bits); kid = thumbprint.
    [[nodiscard]] static SigningKey generate(Alg alg = Alg::kEs256);
    [[nodiscard]] static Result<SigningKey> from_pem(const Secret& pem);

    [[nodiscard]] Secret to_pem() const;
    [[nodiscard]] Alg alg() const;
    [[nodiscard]] const std::string& kid() const;
    [[nodiscard]] PublicKey public_key() const;
    /// The raw JWS signature (r‖s for ECDSA).
    [[nodiscard]] std::string sign(std::string_view bytes) const;

    struct Impl;

  private:
    explicit SigningKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

    std::shared_ptr<const Impl> impl_;
};

/// A key set. `find` returns the keys that may have made a signature: by kid, or all that allow
/// `alg` when the header has none.
struct KeySet {
    std::vector<PublicKey> keys;

    /// Keys that we cannot read are left out; kInvalid when `keys` is no array.
    [[nodiscard]] static Result<KeySet> from_json(const json::Object& jwks);
    [[nodiscard]] std::vector<const PublicKey*> find(std::string_view kid, Alg alg) const;
};

}  // namespace gatehouse::crypto
