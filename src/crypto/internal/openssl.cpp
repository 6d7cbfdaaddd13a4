// SPDX-License-Identifier: Apache-2.0
#include "crypto/internal/openssl.h"

#include "base/assert.h"

namespace gatehouse::crypto::internal {

namespace {

const EVP_MD* fetch_digest(const char* name) {
    const EVP_MD* found = EVP_MD_fetch(nullptr, name, nullptr);
    GATEHOUSE_ASSERT(found != nullptr);
    return found;
}

const EVP_CIPHER* fetch_cipher(const char* name) {
    const EVP_CIPHER* found = EVP_CIPHER_fetch(nullptr, name, nullptr);
    GATEHOUSE_ASSERT(found != nullptr);
    return found;
}

}  // namespace

const EVP_MD* sha256_algorithm() {
    static const EVP_MD* const algorithm = fetch_digest("SHA2-256");
    return algorithm;
}

const EVP_MD* sha384_algorithm() {
    static const EVP_MD* const algorithm = fetch_digest("SHA2-384");
    return algorithm;
}

const EVP_CIPHER* aes_256_gcm_algorithm() {
    static const EVP_CIPHER* const algorithm = fetch_cipher("AES-256-GCM");
    return algorithm;
}

}  // namespace gatehouse::crypto::internal
