// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace gatehouse::tls::internal {

template <auto Free>
struct FreeWith {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};

using SslPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

/// The oldest waiting reason in OpenSSL's words, and forgets the others. Never holds a secret.
[[nodiscard]] std::string take_reason();

/// A context with what both sides share: versions, ciphers, groups, no compression, no
/// renegotiation, buffers only while they are used. Null when the library refuses.
[[nodiscard]] SslContextPtr make_context(const SSL_METHOD* method);

}  // namespace gatehouse::tls::internal
