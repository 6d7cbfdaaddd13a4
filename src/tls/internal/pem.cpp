// SPDX-License-Identifier: Apache-2.0
#include "tls/internal/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <limits>

namespace gatehouse::tls::internal {
namespace {

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;

BioPtr reader(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
        return nullptr;
    }
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL would ask on the terminal.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

}  // namespace

Result<std::vector<CertificatePtr>> parse_certificates(std::string_view pem) {
    std::vector<CertificatePtr> certificates;
    const auto bio = reader(pem);
    while (bio != nullptr) {
        CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (certificate == nullptr) {
            break;
        }
        certificates.push_back(std::move(certificate));
    }
    const auto code = ERR_peek_last_error();
    const bool at_end = code == 0 || (ERR_GET_LIB(code) == ERR_LIB_PEM &&
                                      ERR_GET_REASON(code) == PEM_R_NO_START_LINE);
    if (!at_end) {
        return fail(ErrorCode::kInvalid, "a certificate cannot be read", take_reason());
    }
    ERR_clear_error();
    if (certificates.empty()) {
        return fail(ErrorCode::kInvalid, "there is no certificate in it");
    }
    return certificates;
}

Result<KeyPtr> parse_key(const Secret& pem) {
    const auto bio = reader(pem.reveal());
    bool is_encrypted = false;
    KeyPtr key(bio == nullptr
                   ? nullptr
                   : PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &is_encrypted));
    if (is_encrypted) {
        ERR_clear_error();
        return fail(ErrorCode::kInvalid,
                    "the private key is encrypted; write it without a passphrase, readable for "
                    "the gateway alone");
    }
    if (key == nullptr) {
        return fail(ErrorCode::kInvalid, "there is no private key in it", take_reason());
    }
    return key;
}

}  // namespace gatehouse::tls::internal
