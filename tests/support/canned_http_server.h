// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gatehouse::test {

/// Listens on a port of its own and sends the same bytes to whoever finished asking, then closes.
/// With empty bytes it never answers: for deadlines.
class CannedHttpServer {
  public:
    explicit CannedHttpServer(std::string answer) : answer_(std::move(answer)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_, generic, size), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this] { serve(); });
    }

    CannedHttpServer(const CannedHttpServer&) = delete;
    CannedHttpServer& operator=(const CannedHttpServer&) = delete;
    CannedHttpServer(CannedHttpServer&&) = delete;
    CannedHttpServer& operator=(CannedHttpServer&&) = delete;

    ~CannedHttpServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// The raw requests so far.
    [[nodiscard]] std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

  private:
    void serve() {
        while (true) {
            const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) {
                return;
            }
            auto request = read_request(connection);
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(std::move(request));
            }
            if (answer_.empty()) {
                char byte = 0;
                (void)::recv(connection, &byte, 1, 0);  // until the client gives up
            }
            (void)::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
            ::close(connection);
        }
    }

    static std::string read_request(int connection) {
        std::string text;
        std::size_t wanted = std::string::npos;
        while (text.size() < wanted) {
            char buffer[4096];
            const auto got = ::recv(connection, buffer, sizeof(buffer), 0);
            if (got <= 0) {
                break;
            }
            text.append(buffer, static_cast<std::size_t>(got));
            const auto end = text.find("\r\n\r\n");
            if (wanted == std::string::npos && end != std::string::npos) {
                constexpr std::string_view kLength = "\r\nContent-Length: ";
                const auto at = text.find(kLength);
                const bool has_body = at < end;
                wanted = end + 4 + (has_body ? std::stoul(text.substr(at + kLength.size())) : 0);
            }
        }
        return text;
    }

    std::string answer_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;  // guards requests_
    std::vector<std::string> requests_;
    std::jthread thread_;
};

}  // namespace gatehouse::test
