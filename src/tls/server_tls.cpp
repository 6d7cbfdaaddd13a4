// SPDX-License-Identifier: Apache-2.0
#include "tls/server_tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "base/encoding.h"
#include "telemetry/log.h"
#include "tls/internal/pem.h"
#include "tls/internal/session_state.h"
#include "tls/internal/ticket_keys.h"

namespace gatehouse::tls {

namespace internal {

/// What connections of one certificate share; the tickets' keys outlive the context.
struct ServerContext {
    std::shared_ptr<TicketKeys> tickets;
    SslContextPtr context;
};

}  // namespace internal

namespace {

using internal::take_reason;

/// In the wire's form, each name after its length; the first that the client offers is spoken.
constexpr std::array<unsigned char, 12> kProtocols{2,   'h', '2', 8,   'h', 't',
                                                   't', 'p', '/', '1', '.', '1'};
constexpr std::array<unsigned char, 9> kSessionScope{'g', 'a', 't', 'e', 'h', 'o', 'u', 's', 'e'};

// The library dictates the parameters. NOLINTNEXTLINE(readability-function-size)
int choose_protocol(SSL* /*ssl*/,
                    const unsigned char** chosen,
                    unsigned char* size,
                    const unsigned char* offered,
                    unsigned int offered_size,
                    void* /*unused*/) {
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, size, kProtocols.data(),
                              static_cast<unsigned int>(kProtocols.size()), offered, offered_size);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<void> load(SSL_CTX* context,
                  const std::vector<internal::CertificatePtr>& chain,
                  EVP_PKEY* key) {
    if (X509_check_private_key(chain.front().get(), key) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::kInvalid, "the key does not belong to the certificate");
    }
    if (SSL_CTX_use_certificate(context, chain.front().get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1) {
        return fail(ErrorCode::kInvalid, "the certificate cannot be used", take_reason());
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
            return fail(ErrorCode::kInvalid, "the certificate's chain cannot be used",
                        take_reason());
        }
    }
    return {};
}

Timestamp end_of(const X509* certificate) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) {
        ERR_clear_error();
        return {};
    }
    return Timestamp(std::chrono::seconds(::timegm(&parts)));
}

void append_name(std::string& names, std::string_view name) {
    names += (names.empty() ? "" : ", ") + std::string(name);
}

std::string names_of(const X509* certificate) {
    std::string names;
    auto* const alternatives = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
        const auto* const name = sk_GENERAL_NAME_value(alternatives, i);
        if (name->type == GEN_DNS) {
            append_name(names,
                        {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))});
        }
    }
    GENERAL_NAMES_free(alternatives);
    if (names.empty()) {
        std::array<char, 256> line{};
        X509_NAME_oneline(X509_get_subject_name(certificate), line.data(), line.size());
        names = line.data();
    }
    ERR_clear_error();
    return names;
}

CertificateFacts facts_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    return {.names = names_of(certificate),
            .fingerprint = hex_encode({reinterpret_cast<const char*>(digest.data()), size}),
            .not_after = end_of(certificate)};
}

}  // namespace

ServerTls::ServerTls(const Clock& clock)
    : clock_(clock), tickets_(std::make_shared<internal::TicketKeys>(clock)), context_(nullptr) {}

ServerTls::~ServerTls() = default;

Result<CertificateFacts> ServerTls::use(std::string_view certificate_pem, const Secret& key_pem) {
    const auto chain = internal::parse_certificates(certificate_pem);
    if (!chain) {
        return std::unexpected(chain.error());
    }
    const auto key = internal::parse_key(key_pem);
    if (!key) {
        return std::unexpected(key.error());
    }
    auto context = internal::make_context(TLS_server_method());
    if (context == nullptr || !tickets_->serve(context.get()) ||
        SSL_CTX_set_session_id_context(context.get(), kSessionScope.data(),
                                       static_cast<unsigned int>(kSessionScope.size())) != 1) {
        return fail(ErrorCode::kInternal, "TLS cannot be set up", take_reason());
    }
    if (auto loaded = load(context.get(), *chain, key->get()); !loaded) {
        return std::unexpected(loaded.error());
    }
    // Tickets carry the state; a cache would only cost memory.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    auto facts = facts_of(chain->front().get());
    if (facts.not_after <= clock_.now()) {
        telemetry::warn("tls", "the certificate of {} has expired: clients will refuse it",
                        facts.names);
    }
    context_.set(std::make_shared<internal::ServerContext>(tickets_, std::move(context)));
    return facts;
}

void ServerTls::disable() {
    context_.set(nullptr);
}

std::unique_ptr<Session> ServerTls::accept(int fd) const {
    auto context = context_.get();
    if (context == nullptr) {
        return nullptr;
    }
    auto* const shared = context->context.get();
    auto state = internal::make_session_state(shared, fd, std::move(context));
    if (state == nullptr) {
        return nullptr;
    }
    SSL_set_accept_state(state->ssl.get());
    return std::make_unique<Session>(std::move(state));
}

bool ServerTls::enabled() const {
    return context_.get() != nullptr;
}

}  // namespace gatehouse::tls
