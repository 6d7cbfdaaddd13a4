// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::crypto::internal {

/// Frees what OpenSSL allocated.
struct Free {
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }

    void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }

    void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }

    void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }

    void operator()(BIGNUM* p) const { BN_free(p); }

    void operator()(BIO* p) const { BIO_free_all(p); }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

/// OpenSSL speaks unsigned char; its inputs and outputs are our strings.
[[nodiscard]] inline const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

[[nodiscard]] inline unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

/// Fetched once: a fetch by name at each use costs more than hashing a token.
[[nodiscard]] const EVP_MD* sha256_algorithm();
[[nodiscard]] const EVP_MD* sha384_algorithm();
[[nodiscard]] const EVP_CIPHER* aes_256_gcm_algorithm();

}  // namespace gatehouse::crypto::internal
