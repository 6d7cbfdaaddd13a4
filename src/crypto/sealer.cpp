// SPDX-License-Identifier: Apache-2.0
#include "crypto/sealer.h"

#include <limits>

#include "base/assert.h"
#include "crypto/digest.h"
#include "crypto/internal/openssl.h"
#include "crypto/random.h"

namespace gatehouse::crypto {

namespace {

using internal::bytes_of;

constexpr char kVersion = 1;
constexpr std::size_t kIdSize = 4;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kHeadSize = 1 + kIdSize + kNonceSize;

int int_size(std::string_view text) {
    GATEHOUSE_ASSERT(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    return static_cast<int>(text.size());
}

/// One for each thread: making one costs more than opening a box. What it keeps of a key is wiped
/// with the next use, or with the thread.
EVP_CIPHER_CTX* thread_context() {
    static thread_local const internal::Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    GATEHOUSE_ASSERT(context != nullptr);
    return context.get();
}

std::unexpected<Error> unreadable(std::string detail) {
    return fail(ErrorCode::kCorrupt, "sealed data cannot be opened", std::move(detail));
}

}  // namespace

std::shared_ptr<const Sealer::Ring> Sealer::make_ring(const std::vector<Secret>& master_keys,
                                                      const std::string& purpose) {
    GATEHOUSE_ASSERT(!master_keys.empty());
    auto ring = std::make_shared<Ring>();
    for (const auto& master : master_keys) {
        GATEHOUSE_ASSERT(master.reveal().size() == 32);
        auto key = derive_key(master, "gatehouse/seal/" + purpose);
        auto id = sha256(key.reveal()).substr(0, kIdSize);
        ring->push_back({.id = std::move(id), .key = std::move(key)});
    }
    return ring;
}

Sealer::Sealer(const std::vector<Secret>& master_keys, std::string_view purpose)
    : shared_(std::make_shared<Shared>()) {
    shared_->purpose = purpose;
    rekey(master_keys);
}

void Sealer::rekey(const std::vector<Secret>& master_keys) {
    shared_->ring.set(make_ring(master_keys, shared_->purpose));
}

std::string Sealer::seal(std::string_view plain, std::string_view associated_data) const {
    const auto ring = shared_->ring.get();
    const auto& key = ring->front();
    const auto nonce = random_bytes(kNonceSize);
    std::string cipher_text(plain.size(), '\0');
    std::string tag(kTagSize, '\0');
    EVP_CIPHER_CTX* const ctx = thread_context();
    int size = 0;
    const bool done =
        EVP_EncryptInit_ex2(ctx, internal::aes_256_gcm_algorithm(), bytes_of(key.key.reveal()),
                            bytes_of(nonce), nullptr) == 1 &&
        EVP_EncryptUpdate(ctx, nullptr, &size, bytes_of(associated_data),
                          int_size(associated_data)) == 1 &&
        EVP_EncryptUpdate(ctx, bytes_of(cipher_text), &size, bytes_of(plain), int_size(plain)) ==
            1 &&
        EVP_EncryptFinal_ex(ctx, bytes_of(tag), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag.data()) == 1;
    GATEHOUSE_ASSERT(done);
    return kVersion + key.id + nonce + cipher_text + tag;
}

Result<Secret> Sealer::open(std::string_view box, std::string_view associated_data) const {
    if (box.size() < kHeadSize + kTagSize || box.front() != kVersion) {
        return unreadable("not a box");
    }
    const auto id = box.substr(1, kIdSize);
    const auto nonce = box.substr(1 + kIdSize, kNonceSize);
    const auto cipher_text = box.substr(kHeadSize, box.size() - kHeadSize - kTagSize);
    std::string tag(box.substr(box.size() - kTagSize));
    const auto ring = shared_->ring.get();
    for (const auto& key : *ring) {
        if (key.id != id) {
            continue;
        }
        std::string plain(cipher_text.size() + 1, '\0');  // never empty: OpenSSL wants a buffer
        EVP_CIPHER_CTX* const ctx = thread_context();
        int size = 0;
        const bool intact =
            EVP_DecryptInit_ex2(ctx, internal::aes_256_gcm_algorithm(), bytes_of(key.key.reveal()),
                                bytes_of(nonce), nullptr) == 1 &&
            EVP_DecryptUpdate(ctx, nullptr, &size, bytes_of(associated_data),
                              int_size(associated_data)) == 1 &&
            EVP_DecryptUpdate(ctx, bytes_of(plain), &size, bytes_of(cipher_text),
                              int_size(cipher_text)) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
            EVP_DecryptFinal_ex(ctx, bytes_of(plain) + cipher_text.size(), &size) == 1;
        plain.resize(cipher_text.size());
        Secret opened(std::move(plain));
        if (intact) {
            return opened;
        }
    }
    return unreadable("unknown key, or altered");
}

bool Sealer::is_current(std::string_view box) const {
    return box.size() >= kHeadSize + kTagSize && box.front() == kVersion &&
           box.substr(1, kIdSize) == shared_->ring.get()->front().id;
}

}  // namespace gatehouse::crypto
