// SPDX-License-Identifier: Apache-2.0
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/strings.h"

namespace gatehouse::net {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::array<std::uint8_t, 16> mapped(const void* four_bytes) {
    std::array<std::uint8_t, 16> bytes{};
    std::ranges::copy(kMappedPrefix, bytes.begin());
    std::memcpy(bytes.data() + kMappedPrefix.size(), four_bytes, 4);
    return bytes;
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() >= INET6_ADDRSTRLEN) {
        return std::nullopt;
    }
    const std::string copy(text);
    IpAddress address;
    if (in_addr four{}; ::inet_pton(AF_INET, copy.c_str(), &four) == 1) {
        address.bytes_ = mapped(&four);
        return address;
    }
    if (::inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) == 1) {
        return address;
    }
    return std::nullopt;
}

IpAddress IpAddress::from_bytes(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    address.bytes_ = bytes;
    return address;
}

bool IpAddress::is_v4() const {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4()) {
        ::inet_ntop(AF_INET, bytes_.data() + kMappedPrefix.size(), text.data(), text.size());
    } else {
        ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    }
    return text.data();
}

std::string to_string(const Endpoint& endpoint) {
    const auto port = std::to_string(endpoint.port);
    return endpoint.ip.is_v4() ? endpoint.ip.to_string() + ":" + port
                               : "[" + endpoint.ip.to_string() + "]:" + port;
}

Result<CidrBlock> CidrBlock::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) {
        return fail(ErrorCode::kInvalid, "not a network in CIDR notation");
    }
    CidrBlock block;
    block.base_ = *address;
    if (slash == std::string_view::npos) {
        return block;
    }
    const auto bits = parse_uint(text.substr(slash + 1));
    const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
    if (!bits || *bits > (dotted ? 32U : 128U)) {
        return fail(ErrorCode::kInvalid, "the prefix length is out of range");
    }
    block.bits_ = static_cast<unsigned>(*bits) + (dotted ? 96U : 0U);
    return block;
}

bool CidrBlock::contains(const IpAddress& address) const {
    const auto whole = bits_ / 8;
    const auto& mine = base_.bytes();
    const auto& other = address.bytes();
    if (!std::equal(mine.begin(), mine.begin() + whole, other.begin())) {
        return false;
    }
    const auto rest = bits_ % 8;
    return rest == 0 || ((mine[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

Result<std::vector<IpAddress>> resolve(const std::string& host) {
    if (const auto numeric = IpAddress::parse(host)) {
        return std::vector{*numeric};
    }
    if (iequals(host, "localhost")) {
        return std::vector{*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::1")};
    }
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int outcome = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    const std::unique_ptr<addrinfo, FreeAddresses> list(found);
    if (outcome != 0) {
        return fail(ErrorCode::kUnavailable, "cannot resolve " + host, ::gai_strerror(outcome));
    }
    std::vector<IpAddress> addresses;
    for (const auto* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        sockaddr_storage storage{};
        std::memcpy(&storage, entry->ai_addr,
                    std::min<std::size_t>(entry->ai_addrlen, sizeof storage));
        const auto ip = to_endpoint(storage).ip;
        if (std::ranges::find(addresses, ip) == addresses.end()) {
            addresses.push_back(ip);
        }
    }
    if (addresses.empty()) {
        return fail(ErrorCode::kUnavailable, "cannot resolve " + host, "no address");
    }
    return addresses;
}

const sockaddr* SocketAddress::get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
}

SocketAddress to_socket_address(const Endpoint& endpoint) {
    SocketAddress address;
    const auto& bytes = endpoint.ip.bytes();
    if (endpoint.ip.is_v4()) {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(endpoint.port);
        std::memcpy(&four.sin_addr, bytes.data() + kMappedPrefix.size(), 4);
        std::memcpy(&address.storage, &four, sizeof four);
        address.size = sizeof four;
    } else {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(endpoint.port);
        std::memcpy(&six.sin6_addr, bytes.data(), bytes.size());
        std::memcpy(&address.storage, &six, sizeof six);
        address.size = sizeof six;
    }
    return address;
}

Endpoint to_endpoint(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &storage, sizeof four);
        return {.ip = IpAddress::from_bytes(mapped(&four.sin_addr)), .port = ntohs(four.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 six{};
        std::memcpy(&six, &storage, sizeof six);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
        return {.ip = IpAddress::from_bytes(bytes), .port = ntohs(six.sin6_port)};
    }
    return {};
}

}  // namespace gatehouse::net
