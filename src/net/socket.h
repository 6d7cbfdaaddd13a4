// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace gatehouse::net {

/// Owns one descriptor.
class Socket {
  public:
    Socket() = default;

    explicit Socket(int fd) : fd_(fd) {}

    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Socket& operator=(Socket&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }

    ~Socket() { close(); }

    [[nodiscard]] int fd() const { return fd_; }

    [[nodiscard]] bool valid() const { return fd_ >= 0; }

    void close();

  private:
    int fd_ = -1;
};

}  // namespace gatehouse::net
