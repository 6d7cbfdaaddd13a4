// SPDX-License-Identifier: Apache-2.0
#include "http/transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gatehouse::http {

namespace {

IoOutcome failed() {
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {.status = later ? IoOutcome::Status::kWouldBlock : IoOutcome::Status::kFailed};
}

class PlainTransport final : public Transport {
  public:
    explicit PlainTransport(net::Socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] int fd() const override { return socket_.fd(); }

    [[nodiscard]] bool secure() const override { return false; }

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

    void reset_on_close() override {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

  private:
    static constexpr std::size_t kMaxParts = 8;
    net::Socket socket_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(net::Socket socket) {
    return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace gatehouse::http
