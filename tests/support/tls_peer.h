// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "support/certificates.h"
#include "support/loop_peer.h"

namespace gatehouse::test {

struct FreeTls {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

    void operator()(SSL* ssl) const { SSL_free(ssl); }

    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }

    void operator()(X509* certificate) const { X509_free(certificate); }
};

using TlsContextPtr = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsTicketPtr = std::unique_ptr<SSL_SESSION, FreeTls>;

/// A client that checks nothing: what is tested is the other side.
inline TlsContextPtr plain_client_context() {
    return TlsContextPtr(SSL_CTX_new(TLS_client_method()));
}

inline TlsContextPtr plain_server_context(const TestCertificate& shown) {
    TlsContextPtr context(SSL_CTX_new(TLS_server_method()));
    const std::unique_ptr<BIO, decltype(&BIO_free)> certificate(
        BIO_new_mem_buf(shown.certificate.data(), -1), BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key(
        BIO_new_mem_buf(shown.key.reveal().data(), static_cast<int>(shown.key.reveal().size())),
        BIO_free);
    const std::unique_ptr<X509, FreeTls> parsed(
        PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
    EVP_PKEY* const parsed_key = PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr);
    EXPECT_EQ(SSL_CTX_use_certificate(context.get(), parsed.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), parsed_key), 1);
    EVP_PKEY_free(parsed_key);
    return context;
}

/// The other end of a TLS connection that `loop`, turned by the same thread, serves: OpenSSL over
/// memory, and a LoopPeer that carries its bytes.
class TlsPeer {
  public:
    enum class Side { kClient, kServer };

    TlsPeer(net::EventLoop& loop, LoopPeer peer, SSL_CTX* context, Side side)
        : loop_(loop), peer_(std::move(peer)), ssl_(SSL_new(context)) {
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        side == Side::kClient ? SSL_set_connect_state(ssl_.get())
                              : SSL_set_accept_state(ssl_.get());
    }

    /// Bytes that travel at once; the loop turns between.
    void set_pace(std::size_t bytes) { pace_ = bytes; }

    /// False when it failed.
    bool handshake() {
        (void)turn_until(loop_, [&] {
            const int result = SSL_do_handshake(ssl_.get());
            failed_ |= result != 1 && SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ;
            ERR_clear_error();
            pump();
            return result == 1 || failed_ || peer_gone();
        });
        return SSL_is_init_finished(ssl_.get()) == 1;
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto piece = bytes.substr(0, 16 * 1024);
            if (SSL_write(ssl_.get(), piece.data(), static_cast<int>(piece.size())) <= 0) {
                ERR_clear_error();
                return;
            }
            pump();
            bytes.remove_prefix(piece.size());
        }
    }

    std::string read_until(std::string_view end) {
        std::size_t found = std::string::npos;
        EXPECT_TRUE(turn_until(loop_,
                               [&] {
                                   receive();
                                   found = received_.find(end);
                                   return found != std::string::npos || over();
                               }))
            << "only got: " << received_;
        return take(found == std::string::npos ? received_.size() : found + end.size());
    }

    std::string read_bytes(std::size_t count) {
        EXPECT_TRUE(turn_until(loop_, [&] {
            receive();
            return received_.size() >= count || over();
        }));
        return take(std::min(count, received_.size()));
    }

    std::string read_to_end() {
        EXPECT_TRUE(turn_until(loop_, [&] {
            receive();
            return over();
        }));
        return std::exchange(received_, {});
    }

    /// One response with a Content-Length.
    std::string read_response() {
        auto head = read_until("\r\n\r\n");
        const auto at = head.find("Content-Length: ");
        return head + (at == std::string::npos ? "" : read_bytes(std::stoul(head.substr(at + 16))));
    }

    /// What has arrived, without waiting.
    std::string take_received() {
        receive();
        return std::exchange(received_, {});
    }

    /// It failed, or the other side said that nothing follows.
    [[nodiscard]] bool ended() const {
        return failed_ || (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    [[nodiscard]] bool ended_well() {
        receive();
        return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

    void close_notify() {
        SSL_shutdown(ssl_.get());
        pump();
    }

    /// Sends what OpenSSL wants sent, gives it what came.
    void pump() {
        std::array<char, 4096> bytes{};
        for (;;) {
            const auto wish = std::min(pace_, bytes.size());
            const int got =
                BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(wish));
            if (got <= 0) {
                break;
            }
            peer_.send({bytes.data(), static_cast<std::size_t>(got)});
        }
        auto& arrived = peer_.received();
        if (!arrived.empty()) {
            BIO_write(SSL_get_rbio(ssl_.get()), arrived.data(), static_cast<int>(arrived.size()));
            arrived.clear();
        }
    }

    /// What the other side showed, in hex.
    [[nodiscard]] std::string fingerprint() const {
        const std::unique_ptr<X509, FreeTls> shown(SSL_get1_peer_certificate(ssl_.get()));
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        X509_digest(shown.get(), EVP_sha256(), digest.data(), &size);
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string text;
        for (const auto byte : std::span(digest).first(size)) {
            text += {kDigits[byte >> 4U], kDigits[byte & 15U]};
        }
        return text;
    }

    [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

    [[nodiscard]] LoopPeer& peer() { return peer_; }

  private:
    [[nodiscard]] bool peer_gone() { return peer_.closed_now(); }

    [[nodiscard]] bool over() {
        return failed_ || (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0 ||
               peer_.closed_now();
    }

    std::string take(std::size_t count) {
        auto text = received_.substr(0, count);
        received_.erase(0, count);
        return text;
    }

    void receive() {
        pump();
        std::array<char, 16 * 1024> bytes{};
        for (;;) {
            const int got = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
            if (got <= 0) {
                const int error = SSL_get_error(ssl_.get(), got);
                failed_ |= error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
                ERR_clear_error();
                return;
            }
            received_.append(bytes.data(), static_cast<std::size_t>(got));
        }
    }

    net::EventLoop& loop_;
    LoopPeer peer_;
    std::unique_ptr<SSL, FreeTls> ssl_;
    std::string received_;
    std::size_t pace_ = 4096;
    bool failed_ = false;
};

}  // namespace gatehouse::test
