// SPDX-License-Identifier: Apache-2.0
#include "tls/client_tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include "net/address.h"
#include "tls/internal/pem.h"
#include "tls/internal/session_state.h"

namespace gatehouse::tls {

namespace internal {

struct ClientContext {
    SslContextPtr context;
};

}  // namespace internal

namespace {

constexpr std::array<unsigned char, 9> kProtocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// Names the peer, for it and for our check.
bool expect(SSL* ssl, const std::string& host) {
    if (net::IpAddress::parse(host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    }
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 &&
           SSL_set1_host(ssl, host.c_str()) == 1;
}

}  // namespace

ClientTls::ClientTls(std::shared_ptr<const internal::ClientContext> context)
    : context_(std::move(context)) {}

ClientTls::~ClientTls() = default;

Result<std::shared_ptr<const ClientTls>> ClientTls::create(std::string_view extra_authorities_pem) {
    auto context = internal::make_context(TLS_client_method());
    if (context == nullptr || SSL_CTX_set_default_verify_paths(context.get()) != 1 ||
        SSL_CTX_set_alpn_protos(context.get(), kProtocols.data(),
                                static_cast<unsigned int>(kProtocols.size())) != 0) {
        return fail(ErrorCode::kInternal, "TLS cannot be set up", internal::take_reason());
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (!extra_authorities_pem.empty()) {
        const auto authorities = internal::parse_certificates(extra_authorities_pem);
        if (!authorities) {
            return std::unexpected(authorities.error());
        }
        for (const auto& authority : *authorities) {
            if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get()) != 1) {
                return fail(ErrorCode::kInvalid, "a certificate authority cannot be used",
                            internal::take_reason());
            }
        }
    }
    return std::shared_ptr<const ClientTls>(
        new ClientTls(std::make_shared<internal::ClientContext>(std::move(context))));
}

std::unique_ptr<Session> ClientTls::connect(int fd, const std::string& host) const {
    auto state = internal::make_session_state(context_->context.get(), fd, context_);
    if (state == nullptr || !expect(state->ssl.get(), host)) {
        ERR_clear_error();
        return nullptr;
    }
    SSL_set_connect_state(state->ssl.get());
    return std::make_unique<Session>(std::move(state));
}

}  // namespace gatehouse::tls
