// SPDX-License-Identifier: Apache-2.0
#include "http/transport.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace gatehouse::http {

namespace {

IoOutcome failed() {
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {.status = later ? IoOutcome::Status::kWouldBlock : IoOutcome::Status::kFailed};
}

void reset_when_closed(const net::Socket& socket) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

class PlainTransport final : public Transport {
  public:
    explicit PlainTransport(net::Socket socket)
        : Transport(Privacy::kPlain), socket_(std::move(socket)) {}

    [[nodiscard]] int fd() const override { return socket_.fd(); }

    [[nodiscard]] IoOutcome read(std::span<char> into) override {
        const auto got = ::recv(socket_.fd(), into.data(), into.size(), 0);
        if (got < 0) {
            return failed();
        }
        if (got == 0) {
            return {.status = IoOutcome::Status::kClosed};
        }
        const auto bytes = static_cast<std::size_t>(got);
        return {.bytes = bytes, .drained = bytes < into.size()};
    }

    [[nodiscard]] IoOutcome write(std::span<const std::string_view> parts) override {
        std::array<iovec, kMaxParts> vectors;
        msghdr message{};
        message.msg_iov = vectors.data();
        for (const auto part : parts.first(std::min(parts.size(), kMaxParts))) {
            // sendmsg only reads, but its type cannot say so.
            vectors[message.msg_iovlen++] = {.iov_base = const_cast<char*>(part.data()),
                                             .iov_len = part.size()};
        }
        const auto sent = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL);
        if (sent < 0) {
            return failed();
        }
        return {.bytes = static_cast<std::size_t>(sent)};
    }

    void shutdown_write() override { ::shutdown(socket_.fd(), SHUT_WR); }

    void reset_on_close() override { reset_when_closed(socket_); }

  private:
    static constexpr std::size_t kMaxParts = 8;
    net::Socket socket_;
};

class TlsTransport final : public Transport {
  public:
    TlsTransport(net::Socket socket, std::unique_ptr<tls::Session> session)
        : Transport(Privacy::kTls), socket_(std::move(socket)), session_(std::move(session)) {}

    TlsTransport(const TlsTransport&) = delete;
    TlsTransport& operator=(const TlsTransport&) = delete;
    TlsTransport(TlsTransport&&) = delete;
    TlsTransport& operator=(TlsTransport&&) = delete;

    ~TlsTransport() override {
        if (!resets_) {
            session_->close_notify();
        }
    }

    [[nodiscard]] int fd() const override { return socket_.fd(); }

    [[nodiscard]] net::IoEvents wakes(net::IoEvents events) const override {
        return session_->wakes(events);
    }

    [[nodiscard]] IoOutcome handshake() override { return session_->handshake(); }

    [[nodiscard]] std::string_view failure() const override { return session_->failure(); }

    [[nodiscard]] std::string_view protocol() const override { return session_->protocol(); }

    [[nodiscard]] IoOutcome read(std::span<char> into) override { return session_->read(into); }

    [[nodiscard]] IoOutcome write(std::span<const std::string_view> parts) override {
        return session_->write(parts);
    }

    void shutdown_write() override {
        session_->close_notify();
        ::shutdown(socket_.fd(), SHUT_WR);
    }

    void reset_on_close() override {
        resets_ = true;
        reset_when_closed(socket_);
    }

  private:
    net::Socket socket_;  // closed after the session's last word
    std::unique_ptr<tls::Session> session_;
    bool resets_ = false;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(net::Socket socket) {
    return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> make_tls_transport(net::Socket socket,
                                              std::unique_ptr<tls::Session> session) {
    return std::make_unique<TlsTransport>(std::move(socket), std::move(session));
}

}  // namespace gatehouse::http
