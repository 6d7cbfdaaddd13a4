// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "base/secret.h"

namespace gatehouse::test {

/// PEM of a certificate and of its key, made on the spot.
struct TestCertificate {
    std::string certificate;
    Secret key;
};

struct CertificateWish {
    std::string name = "localhost";
    std::string alternatives = "DNS:localhost,IP:127.0.0.1";  ///< empty: none
    long valid_from = -86'400, valid_until = 86'400;          ///< seconds from the real now
};

/// An authority and what it signs.
class TestAuthority {
  public:
    explicit TestAuthority(const std::string& name = "Test authority")
        : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
        fill({.name = name, .alternatives = ""}, certificate_.get(), key_.get());
        extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
        sign(certificate_.get());
    }

    [[nodiscard]] std::string certificate() const { return pem_of(certificate_.get()); }

    [[nodiscard]] TestCertificate issue(const CertificateWish& wish = {}) const {
        const Key key(EVP_EC_gen("P-256"));
        const Certificate certificate(X509_new());
        fill(wish, certificate.get(), key.get());
        if (!wish.alternatives.empty()) {
            extend(certificate.get(), NID_subject_alt_name, wish.alternatives.c_str());
        }
        sign(certificate.get());
        return {.certificate = pem_of(certificate.get()), .key = Secret(pem_of(key.get()))};
    }

    /// As a PEM key that asks for a passphrase.
    [[nodiscard]] static Secret encrypted(const Secret& key) {
        const Bio in(BIO_new_mem_buf(key.reveal().data(), static_cast<int>(key.reveal().size())));
        const Key parsed(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
        const Bio out(BIO_new(BIO_s_mem()));
        const std::string word = "word";
        PEM_write_bio_PKCS8PrivateKey(out.get(), parsed.get(), EVP_aes_256_cbc(), word.data(),
                                      static_cast<int>(word.size()), nullptr, nullptr);
        return Secret(text_of(out.get()));
    }

  private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

        void operator()(X509* certificate) const { X509_free(certificate); }

        void operator()(BIO* bio) const { BIO_free(bio); }

        void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    };

    using Key = std::unique_ptr<EVP_PKEY, Free>;
    using Certificate = std::unique_ptr<X509, Free>;
    using Bio = std::unique_ptr<BIO, Free>;

    void fill(const CertificateWish& wish, X509* certificate, EVP_PKEY* key) const {
        static long serial = 1;
        X509_set_version(certificate, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
        X509_gmtime_adj(X509_getm_notBefore(certificate), wish.valid_from);
        X509_gmtime_adj(X509_getm_notAfter(certificate), wish.valid_until);
        X509_set_pubkey(certificate, key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1,
                                   -1, 0);
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate_.get()));
    }

    void extend(X509* certificate, int nid, const char* value) const {
        X509V3_CTX context;
        X509V3_set_ctx(&context, certificate_.get(), certificate, nullptr, nullptr, 0);
        const std::unique_ptr<X509_EXTENSION, Free> extension(
            X509V3_EXT_conf_nid(nullptr, &context, nid, value));
        EXPECT_EQ(X509_add_ext(certificate, extension.get(), -1), 1);
    }

    void sign(X509* certificate) const {
        EXPECT_GT(X509_sign(certificate, key_.get(), EVP_sha256()), 0);
    }

    static std::string text_of(BIO* bio) {
        char* bytes = nullptr;
        const auto size = BIO_get_mem_data(bio, &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }

    static std::string pem_of(X509* certificate) {
        const Bio bio(BIO_new(BIO_s_mem()));
        PEM_write_bio_X509(bio.get(), certificate);
        return text_of(bio.get());
    }

    static std::string pem_of(EVP_PKEY* key) {
        const Bio bio(BIO_new(BIO_s_mem()));
        PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
        return text_of(bio.get());
    }

    Key key_;
    Certificate certificate_;
};

}  // namespace gatehouse::test
