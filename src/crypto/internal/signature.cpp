// SPDX-License-Identifier: Apache-2.0
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "crypto/internal/key.h"

namespace gatehouse::crypto::internal {

namespace {

struct FreeSignature {
    void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
};

using Signature = std::unique_ptr<ECDSA_SIG, FreeSignature>;

const EVP_MD* digest_of(Alg alg) {
    if (alg == Alg::kEdDsa) {
        return nullptr;
    }
    return alg == Alg::kEs384 ? sha384_algorithm() : sha256_algorithm();
}

}  // namespace

std::size_t ecdsa_part_size(Alg alg) {
    if (alg == Alg::kEs256) {
        return 32;
    }
    return alg == Alg::kEs384 ? 48 : 0;
}

std::optional<std::string> ecdsa_to_der(std::string_view raw, std::size_t part) {
    if (raw.size() != 2 * part) {
        return std::nullopt;
    }
    const int size = static_cast<int>(part);
    Owned<BIGNUM> r(BN_bin2bn(bytes_of(raw), size, nullptr));
    Owned<BIGNUM> s(BN_bin2bn(bytes_of(raw.substr(part)), size, nullptr));
    const Signature signature(ECDSA_SIG_new());
    if (!r || !s || !signature || BN_is_zero(r.get()) || BN_is_zero(s.get())) {
        return std::nullopt;
    }
    if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
        return std::nullopt;
    }
    // set0 took them over
    (void)r.release();
    (void)s.release();
    unsigned char* encoded = nullptr;
    const int length = i2d_ECDSA_SIG(signature.get(), &encoded);
    if (length <= 0) {
        return std::nullopt;
    }
    std::string der(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length));
    OPENSSL_free(encoded);
    return der;
}

std::optional<std::string> ecdsa_from_der(std::string_view der, std::size_t part) {
    const unsigned char* at = bytes_of(der);
    const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!signature) {
        return std::nullopt;
    }
    const int size = static_cast<int>(part);
    std::string r(part, '\0');
    std::string s(part, '\0');
    if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(r), size) != size ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(s), size) != size) {
        return std::nullopt;
    }
    return r + s;
}

Owned<EVP_MD_CTX> start(Alg alg, EVP_PKEY* key, Direction direction) {
    Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;  // belongs to context
    const auto init = direction == Direction::kSign ? EVP_DigestSignInit : EVP_DigestVerifyInit;
    if (!context || init(context.get(), &options, digest_of(alg), nullptr, key) != 1) {
        return nullptr;
    }
    if (alg == Alg::kPs256 &&
        (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
        return nullptr;
    }
    return context;
}

}  // namespace gatehouse::crypto::internal
