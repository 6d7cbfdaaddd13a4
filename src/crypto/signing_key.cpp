// SPDX-License-Identifier: Apache-2.0
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <limits>

#include "base/assert.h"
#include "crypto/internal/key.h"

namespace gatehouse::crypto {

namespace {

using internal::bytes_of;
using internal::Owned;

// OpenSSL would ask on the terminal for the passphrase of an encrypted key.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

std::optional<Alg> alg_of(EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        const int bits = EVP_PKEY_get_bits(key);
        return bits >= 2048 && bits <= 8192 ? std::optional(Alg::kRs256) : std::nullopt;
    }
    std::string group(64, '\0');
    std::size_t size = 0;
    if (EVP_PKEY_is_a(key, "EC") != 1 ||
        EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) {
        return std::nullopt;
    }
    group.resize(size);
    return group == "prime256v1" ? std::optional(Alg::kEs256) : std::nullopt;
}

}  // namespace

SigningKey SigningKey::generate(Alg alg) {
    GATEHOUSE_ASSERT(alg == Alg::kEs256 || alg == Alg::kRs256);
    auto impl = std::make_shared<Impl>();
    impl->alg = alg;
    impl->key.reset(alg == Alg::kEs256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
    GATEHOUSE_ASSERT(impl->key != nullptr);
    auto described = internal::describe_public_key(impl->key.get(), alg);
    GATEHOUSE_ASSERT(described.has_value());
    impl->public_key = std::move(*described);
    return SigningKey(std::move(impl));
}

Result<SigningKey> SigningKey::from_pem(const Secret& pem) {
    const auto text = pem.reveal();
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        return fail(ErrorCode::kInvalid, "not a private key in PEM form");
    }
    const Owned<BIO> source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    auto impl = std::make_shared<Impl>();
    impl->key.reset(PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!impl->key) {
        return fail(ErrorCode::kInvalid, "not a private key in PEM form");
    }
    const auto alg = alg_of(impl->key.get());
    if (!alg) {
        return fail(ErrorCode::kInvalid, "a signing key is P-256 or RSA of 2048 to 8192 bits");
    }
    impl->alg = *alg;
    auto described = internal::describe_public_key(impl->key.get(), *alg);
    if (!described) {
        return std::unexpected(described.error());
    }
    impl->public_key = std::move(*described);
    return SigningKey(std::move(impl));
}

Secret SigningKey::to_pem() const {
    const Owned<BIO> sink(BIO_new(BIO_s_secmem()));
    GATEHOUSE_ASSERT(sink != nullptr);
    GATEHOUSE_ASSERT(PEM_write_bio_PKCS8PrivateKey(sink.get(), impl_->key.get(), nullptr, nullptr,
                                                   0, nullptr, nullptr) == 1);
    const char* bytes = nullptr;
    const auto size = BIO_ctrl(sink.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&bytes));
    GATEHOUSE_ASSERT(size > 0);
    return Secret(std::string(bytes, static_cast<std::size_t>(size)));
}

Alg SigningKey::alg() const {
    return impl_->alg;
}

const std::string& SigningKey::kid() const {
    return impl_->public_key->kid;
}

PublicKey SigningKey::public_key() const {
    return PublicKey(impl_->public_key);
}

std::string SigningKey::sign(std::string_view bytes) const {
    const auto context = internal::start(impl_->alg, impl_->key.get(), internal::Direction::kSign);
    GATEHOUSE_ASSERT(context != nullptr);
    std::size_t size = 0;
    GATEHOUSE_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) ==
                     1);
    std::string signature(size, '\0');
    GATEHOUSE_ASSERT(EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(bytes),
                                    bytes.size()) == 1);
    signature.resize(size);
    if (const auto part = internal::ecdsa_part_size(impl_->alg); part != 0) {
        auto raw = internal::ecdsa_from_der(signature, part);
        GATEHOUSE_ASSERT(raw.has_value());
        return std::move(*raw);
    }
    return signature;
}

}  // namespace gatehouse::crypto
