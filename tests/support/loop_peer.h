// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "net/listener.h"
#include "net/socket.h"

namespace gatehouse::test {

using namespace std::chrono_literals;

/// Turns `loop` on this thread until `condition` holds; false after ten seconds.
inline bool turn_until(net::EventLoop& loop, const std::function<bool()>& condition) {
    const SystemClock clock;
    const auto deadline = clock.steady_now() + 10s;
    while (!condition()) {
        if (clock.steady_now() > deadline) {
            return false;
        }
        loop.run_once(1ms);
    }
    return true;
}

/// Lets everything happen that can happen without new input.
inline void settle(net::EventLoop& loop) {
    for (int i = 0; i < 8; ++i) {
        loop.run_once(1ms);
    }
}

/// The other end of a connection that `loop`, turned by the same thread, serves. Whatever waits
/// turns the loop.
class LoopPeer {
  public:
    LoopPeer(net::EventLoop& loop, net::Socket socket) : loop_(loop), socket_(std::move(socket)) {}

    static LoopPeer connect(net::EventLoop& loop, std::uint16_t port) {
        const auto address =
            net::to_socket_address({.ip = *net::IpAddress::parse("127.0.0.1"), .port = port});
        net::Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::connect(socket.fd(), address.get(), address.size), 0);
        const int one = 1;
        ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        return {loop, std::move(socket)};
    }

    /// Stops early when the other end is gone.
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent =
                ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            } else if (errno != EAGAIN) {
                return;
            }
            loop_.run_once(0ms);
        }
    }

    /// Everything up to and with `end`, or up to the end of the connection.
    std::string read_until(std::string_view end) {
        std::size_t found = std::string::npos;
        EXPECT_TRUE(turn_until(loop_,
                               [&] {
                                   receive();
                                   found = received_.find(end);
                                   return found != std::string::npos || closed_;
                               }))
            << "only got: " << received_;
        const auto size = found == std::string::npos ? received_.size() : found + end.size();
        auto text = received_.substr(0, size);
        received_.erase(0, size);
        return text;
    }

    std::string read_bytes(std::size_t count) {
        EXPECT_TRUE(turn_until(loop_, [&] {
            receive();
            return received_.size() >= count || closed_;
        }));
        auto text = received_.substr(0, count);
        received_.erase(0, text.size());
        return text;
    }

    /// One response with a Content-Length; `bodiless` for answers to HEAD.
    std::string read_response(std::size_t body_size = std::string::npos) {
        auto head = read_until("\r\n\r\n");
        if (body_size == std::string::npos) {
            const auto at = head.find("Content-Length: ");
            body_size = at == std::string::npos
                            ? 0
                            : static_cast<std::size_t>(std::stoul(head.substr(at + 16)));
        }
        return head + read_bytes(body_size);
    }

    std::string read_to_end() {
        EXPECT_TRUE(turn_until(loop_,
                               [&] {
                                   receive();
                                   return closed_;
                               }))
            << "not closed after: " << received_;
        return std::exchange(received_, {});
    }

    [[nodiscard]] bool closed_now() {
        settle(loop_);
        receive();
        return closed_;
    }

    [[nodiscard]] bool was_reset() const { return reset_; }

    /// What has arrived, without turning the loop.
    [[nodiscard]] std::string& received() {
        receive();
        return received_;
    }

    void close() { socket_.close(); }

    void end_sending() { ::shutdown(socket_.fd(), SHUT_WR); }

    [[nodiscard]] int fd() const { return socket_.fd(); }

  private:
    void receive() {
        std::array<char, 16 * 1024> bytes{};
        for (;;) {
            const auto got = ::recv(socket_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got > 0) {
                received_.append(bytes.data(), static_cast<std::size_t>(got));
                continue;
            }
            closed_ |= got == 0 || (errno != EAGAIN && errno != EINTR);
            reset_ |= got < 0 && errno == ECONNRESET;
            return;
        }
    }

    net::EventLoop& loop_;
    net::Socket socket_;
    std::string received_;
    bool closed_ = false, reset_ = false;
};

/// A listening socket whose connections the test serves by hand.
class LoopListener {
  public:
    explicit LoopListener(net::EventLoop& loop, std::uint16_t port = 0)
        : loop_(loop), socket_(std::move(net::listen_on("127.0.0.1", port, 1)->front())) {}

    [[nodiscard]] std::uint16_t port() const { return net::local_endpoint(socket_).port; }

    LoopPeer accept() {
        net::Socket accepted;
        EXPECT_TRUE(turn_until(loop_, [&] {
            accepted = net::Socket(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
            return accepted.valid();
        }));
        return {loop_, std::move(accepted)};
    }

    [[nodiscard]] bool has_connection() {
        settle(loop_);
        pending_ = net::Socket(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        return pending_.valid();
    }

    void close() { socket_.close(); }

    /// Connections beyond the one that waits to be accepted stay in the making.
    void shrink_backlog() { EXPECT_EQ(::listen(socket_.fd(), 0), 0); }

  private:
    net::EventLoop& loop_;
    net::Socket socket_, pending_;
};

}  // namespace gatehouse::test
