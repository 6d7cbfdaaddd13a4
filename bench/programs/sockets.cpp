// SPDX-License-Identifier: Apache-2.0
#include "sockets.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace gatehouse::bench {
namespace {

// What one send_all takes: a whole answer.
constexpr int kSendBuffer = 200'000;
constexpr std::uint64_t kSecond = 1'000'000'000;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void set(int descriptor, int level, int option, int value = 1) {
    if (setsockopt(descriptor, level, option, &value, sizeof value) != 0) {
        die_errno("setsockopt");
    }
}

Descriptor open_socket() {
    Descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (made.get() < 0) {
        die_errno("socket");
    }
    return made;
}

}  // namespace

void die(std::string_view what) {
    fmt::print(stderr, "error: {}\n", what);
    std::exit(1);
}

void die_errno(std::string_view what) {
    die(fmt::format("{}: {}", what, std::strerror(errno)));
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    if (const auto read = std::from_chars(text.data(), end, value);
        read.ec != std::errc{} || read.ptr != end) {
        die(fmt::format("{} is no number", text));
    }
    return value;
}

std::uint16_t port_number(std::string_view text) {
    const auto value = number(text);
    if (value == 0 || value > std::numeric_limits<std::uint16_t>::max()) {
        die(fmt::format("{} is no port", text));
    }
    return static_cast<std::uint16_t>(value);
}

std::uint64_t now_ns() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

void Descriptor::reset() {
    if (value_ >= 0) {
        close(value_);
        value_ = -1;
    }
}

Descriptor listen_on(std::uint16_t port) {
    Descriptor listener = open_socket();
    set(listener.get(), SOL_SOCKET, SO_REUSEADDR);
    const sockaddr_in address = loopback(port);
    if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        die_errno(fmt::format("port {}", port));
    }
    if (listen(listener.get(), 4096) != 0) {
        die_errno("listen");
    }
    return listener;
}

Descriptor accept_from(const Descriptor& listener) {
    Descriptor accepted(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.get() >= 0) {
        set(accepted.get(), IPPROTO_TCP, TCP_NODELAY);
        set(accepted.get(), SOL_SOCKET, SO_SNDBUF, kSendBuffer);
    }
    return accepted;
}

Descriptor connect_to(std::uint16_t port) {
    Descriptor made = open_socket();
    set(made.get(), IPPROTO_TCP, TCP_NODELAY);
    const sockaddr_in address = loopback(port);
    if (connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        die_errno(fmt::format("connecting to port {}", port));
    }
    return made;
}

Epoll::Epoll() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_.get() < 0) {
        die_errno("epoll_create1");
    }
}

void Epoll::add(int descriptor, Trigger trigger) {
    epoll_event event{};
    event.events = trigger == Trigger::kEdge ? EPOLLIN | EPOLLET : EPOLLIN;
    event.data.fd = descriptor;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
        die_errno("epoll_ctl");
    }
}

const std::vector<int>& Epoll::wait(std::uint64_t nanoseconds) {
    std::array<epoll_event, 256> events{};
    const timespec limit{.tv_sec = static_cast<time_t>(nanoseconds / kSecond),
                         .tv_nsec = static_cast<long>(nanoseconds % kSecond)};
    const int count = epoll_pwait2(epoll_.get(), events.data(), events.size(),
                                   nanoseconds == kForever ? nullptr : &limit, nullptr);
    if (count < 0 && errno != EINTR) {
        die_errno("epoll_pwait2");
    }
    ready_.clear();
    for (int i = 0; i < count; ++i) {
        ready_.push_back(events[static_cast<std::size_t>(i)].data.fd);
    }
    return ready_;
}

void send_all(int descriptor, std::string_view bytes) {
    const auto sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
        return;  // reading will tell
    }
    if (sent < 0 || static_cast<std::size_t>(sent) != bytes.size()) {
        die_errno("send");
    }
}

Arrived receive(int descriptor) {
    static std::vector<char> buffer(std::size_t{1} << 18U);
    const auto got = recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
        return {.state = Arrived::State::kBytes,
                .bytes = {buffer.data(), static_cast<std::size_t>(got)}};
    }
    const bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
    return {.state = later ? Arrived::State::kNothingYet : Arrived::State::kClosed, .bytes = {}};
}

}  // namespace gatehouse::bench
