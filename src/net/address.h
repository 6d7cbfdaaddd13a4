// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gatehouse::net {

/// An IPv4 or IPv6 address. IPv4 is kept as its IPv4-mapped form, so that the two spellings of one
/// address are equal.
class IpAddress {
  public:
    IpAddress() = default;

    /// Numeric, without brackets, port or zone.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
    [[nodiscard]] static IpAddress from_bytes(const std::array<std::uint8_t, 16>& bytes);

    [[nodiscard]] bool is_v4() const;

    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

    /// The shortest usual form, IPv4 dotted.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool operator==(const IpAddress&) const = default;

  private:
    std::array<std::uint8_t, 16> bytes_{};
};

struct Endpoint {
    IpAddress ip;
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const Endpoint&) const = default;
};

/// "127.0.0.1:80" or "[::1]:80".
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

/// A network in CIDR notation, "10.0.0.0/8".
class CidrBlock {
  public:
    /// A bare address is a block of one. Host bits do not count.
    [[nodiscard]] static Result<CidrBlock> parse(std::string_view text);

    [[nodiscard]] bool contains(const IpAddress& address) const;

  private:
    IpAddress base_;
    unsigned bits_ = 128;
};

/// Blocks on the system's resolver unless `host` is numeric or "localhost"; not for a loop. At
/// least one address, in the order to try.
[[nodiscard]] Result<std::vector<IpAddress>> resolve(const std::string& host);

/// An address as the socket calls want it.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const;

    [[nodiscard]] int family() const { return storage.ss_family; }
};

[[nodiscard]] SocketAddress to_socket_address(const Endpoint& endpoint);
/// Of an AF_INET or AF_INET6 address; anything else is an empty endpoint.
[[nodiscard]] Endpoint to_endpoint(const sockaddr_storage& storage);

}  // namespace gatehouse::net
