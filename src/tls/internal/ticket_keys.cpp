// SPDX-License-Identifier: Apache-2.0
#include "tls/internal/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "crypto/random.h"

namespace gatehouse::tls::internal {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kIvBytes = 16;

TicketKeys::Key make_key(SteadyTime now) {
    return {.name = crypto::random_bytes(TicketKeys::kNameBytes),
            .cipher = Secret(crypto::random_bytes(kKeyBytes)),
            .mac = Secret(crypto::random_bytes(kKeyBytes)),
            .made = now};
}

const unsigned char* bytes_of(const Secret& secret) {
    return reinterpret_cast<const unsigned char*>(secret.reveal().data());
}

bool set_mac(EVP_MAC_CTX* mac, const TicketKeys::Key& key) {
    std::array<char, 7> digest{"SHA256"};
    // The parameter's type cannot say that the key is only read.
    auto* const bytes = const_cast<unsigned char*>(bytes_of(key.mac));
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes, kKeyBytes),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

/// Fetched once: an implicit fetch for each ticket takes the library's locks.
const EVP_CIPHER* ticket_cipher() {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
    return cipher;
}

int index_of_keys() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

constexpr int kError = -1;
constexpr int kForeign = 0;
constexpr int kGood = 1;

// The library dictates the parameters. NOLINTNEXTLINE(readability-function-size)
int on_ticket(SSL* ssl,
              unsigned char* name,
              unsigned char* iv,
              EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac,
              int seals) {
    auto& keys =
        *static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_of_keys()));
    if (seals == 1) {
        const auto key = keys.sealing();
        const auto random = crypto::random_bytes(kIvBytes);
        std::ranges::copy(key.name, name);
        std::ranges::copy(random, iv);
        const bool ready =
            EVP_EncryptInit_ex2(cipher, ticket_cipher(), bytes_of(key.cipher), iv, nullptr) == 1 &&
            set_mac(mac, key);
        return ready ? kGood : kError;
    }
    const auto key = keys.opening({reinterpret_cast<const char*>(name), TicketKeys::kNameBytes});
    if (!key) {
        return kForeign;
    }
    const bool ready =
        set_mac(mac, *key) &&
        EVP_DecryptInit_ex2(cipher, ticket_cipher(), bytes_of(key->cipher), iv, nullptr) == 1;
    return ready ? kGood : kError;
}

}  // namespace

TicketKeys::Key& TicketKeys::current() {
    const auto now = clock_.steady_now();
    if (current_ && now - current_->made < kRotateEvery) {
        return *current_;
    }
    previous_ = std::move(current_);
    if (previous_ && now - previous_->made >= 2 * kRotateEvery) {
        previous_.reset();
    }
    return current_.emplace(make_key(now));
}

TicketKeys::Key TicketKeys::sealing() {
    const std::lock_guard lock(mutex_);
    return current();
}

std::optional<TicketKeys::Key> TicketKeys::opening(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (const Key& sealing = current(); sealing.name == name) {
        return sealing;
    }
    return previous_ && previous_->name == name ? previous_ : std::nullopt;
}

bool TicketKeys::serve(SSL_CTX* context) {
    return ticket_cipher() != nullptr && SSL_CTX_set_ex_data(context, index_of_keys(), this) == 1 &&
           SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket) == 1;
}

}  // namespace gatehouse::tls::internal
