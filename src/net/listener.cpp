// SPDX-License-Identifier: Apache-2.0
#include "net/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace gatehouse::net {

namespace {

enum class Sharing { kAlone, kWithOurLoops };

std::unexpected<Error> refused(const Endpoint& endpoint, int error) {
    if (error == EADDRINUSE) {
        return fail(ErrorCode::kConflict,
                    "cannot listen on " + to_string(endpoint) + ": the port is in use");
    }
    return fail(ErrorCode::kUnavailable, "cannot listen on " + to_string(endpoint),
                std::generic_category().message(error));
}

void set_flag(const Socket& socket, int level, int option, int value) {
    ::setsockopt(socket.fd(), level, option, &value, sizeof value);
}

Result<Socket> bind_to(const Endpoint& endpoint, Sharing sharing) {
    const auto address = to_socket_address(endpoint);
    Socket socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid()) {
        return refused(endpoint, errno);
    }
    set_flag(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    if (sharing == Sharing::kWithOurLoops) {
        set_flag(socket, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (address.family() == AF_INET6) {
        set_flag(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    }
    if (::bind(socket.fd(), address.get(), address.size) != 0) {
        return refused(endpoint, errno);
    }
    return socket;
}

}  // namespace

Result<std::vector<Socket>> listen_on(const Endpoint& endpoint, std::size_t count) {
    // With SO_REUSEPORT a second gateway of the same user would silently share the port; a socket
    // without it cannot be bound beside one that listens.
    if (endpoint.port != 0) {
        if (const auto probe = bind_to(endpoint, Sharing::kAlone); !probe) {
            return std::unexpected(probe.error());
        }
    }
    std::vector<Socket> sockets;
    Endpoint actual = endpoint;
    for (std::size_t i = 0; i < count; ++i) {
        auto socket = bind_to(actual, Sharing::kWithOurLoops);
        if (!socket) {
            return std::unexpected(socket.error());
        }
        if (::listen(socket->fd(), SOMAXCONN) != 0) {
            return refused(actual, errno);
        }
        actual.port = local_endpoint(*socket).port;
        sockets.push_back(std::move(*socket));
    }
    return sockets;
}

Result<std::vector<Socket>> listen_on(const std::string& host,
                                      std::uint16_t port,
                                      std::size_t count) {
    const auto ip = host == "localhost" ? IpAddress::parse("127.0.0.1") : IpAddress::parse(host);
    if (!ip) {
        return fail(ErrorCode::kInvalid, "not a numeric address to listen on: " + host);
    }
    return listen_on(Endpoint{.ip = *ip, .port = port}, count);
}

Endpoint local_endpoint(const Socket& socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return {};
    }
    return to_endpoint(storage);
}

}  // namespace gatehouse::net
