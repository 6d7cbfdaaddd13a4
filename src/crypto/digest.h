// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace gatehouse::crypto {

/// 32 raw bytes.
[[nodiscard]] std::string sha256(std::string_view bytes);
/// base64url of SHA-256: how codes, tokens and cookies are named in the store.
[[nodiscard]] std::string token_digest(std::string_view token);
[[nodiscard]] std::string hmac_sha256(const Secret& key, std::string_view bytes);
/// RFC 5869 with SHA-256, no salt: a key of `length` bytes for one named purpose.
[[nodiscard]] Secret derive_key(const Secret& key,
                                std::string_view purpose,
                                std::size_t length = 32);
/// RFC 7636 S256: base64url(SHA-256(verifier)).
[[nodiscard]] std::string pkce_challenge(std::string_view verifier);

}  // namespace gatehouse::crypto
