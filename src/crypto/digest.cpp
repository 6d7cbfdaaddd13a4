// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/internal/openssl.h"

namespace gatehouse::crypto {

namespace {

constexpr std::size_t kDigestSize = 32;

}  // namespace

std::string sha256(std::string_view bytes) {
    std::string digest(kDigestSize, '\0');
    unsigned int size = 0;
    const int done = EVP_Digest(bytes.data(), bytes.size(), internal::bytes_of(digest), &size,
                                internal::sha256_algorithm(), nullptr);
    GATEHOUSE_ASSERT(done == 1 && size == kDigestSize);
    return digest;
}

std::string token_digest(std::string_view token) {
    return base64url_encode(sha256(token));
}

std::string hmac_sha256(const Secret& key, std::string_view bytes) {
    std::string mac(kDigestSize, '\0');
    unsigned int size = 0;
    const auto key_bytes = key.reveal();
    const auto* done =
        HMAC(internal::sha256_algorithm(), key_bytes.data(), static_cast<int>(key_bytes.size()),
             internal::bytes_of(bytes), bytes.size(), internal::bytes_of(mac), &size);
    GATEHOUSE_ASSERT(done != nullptr && size == kDigestSize);
    return mac;
}

Secret derive_key(const Secret& key, std::string_view purpose, std::size_t length) {
    GATEHOUSE_ASSERT(length <= 255 * kDigestSize);
    const Secret no_salt{std::string(kDigestSize, '\0')};
    const Secret extracted{hmac_sha256(no_salt, key.reveal())};
    std::string result;
    result.reserve(length + kDigestSize);
    std::string block;
    for (unsigned char counter = 1; result.size() < length; ++counter) {
        block += purpose;
        block += static_cast<char>(counter);
        block = hmac_sha256(extracted, block);
        result += block;
    }
    result.resize(length);
    return Secret{std::move(result)};
}

std::string pkce_challenge(std::string_view verifier) {
    return base64url_encode(sha256(verifier));
}

}  // namespace gatehouse::crypto
