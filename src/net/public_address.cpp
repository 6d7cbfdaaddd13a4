// SPDX-License-Identifier: Apache-2.0
#include "net/public_address.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/assert.h"

namespace gatehouse::net {
namespace {

constexpr std::array<std::string_view, 16> kSpecialV4{
    "0.0.0.0/8",        // this network
    "10.0.0.0/8",       // private
    "100.64.0.0/10",    // carrier-grade NAT
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local, cloud metadata
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // protocol assignments
    "192.0.2.0/24",     // documentation
    "192.88.99.0/24",   // 6to4 relays
    "192.168.0.0/16",   // private
    "198.18.0.0/15",    // benchmarks
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, broadcast
    "168.63.129.16/32"  // a cloud provider's host agent, public in form only
};

// Everything else that is special (loopback, unique local, link-local, multicast, NAT64, discard)
// lies outside global unicast.
constexpr std::string_view kGlobalV6 = "2000::/3";
constexpr std::array<std::string_view, 4> kSpecialV6{
    "2001::/23",      // protocol assignments, Teredo among them
    "2001:db8::/32",  // documentation
    "2002::/16",      // 6to4
    "3fff::/20"       // documentation
};

CidrBlock block(std::string_view text) {
    auto parsed = CidrBlock::parse(text);
    GATEHOUSE_ASSERT(parsed.has_value());
    return *parsed;
}

template <std::size_t kCount>
std::vector<CidrBlock> blocks(const std::array<std::string_view, kCount>& texts) {
    std::vector<CidrBlock> list;
    std::ranges::transform(texts, std::back_inserter(list), block);
    return list;
}

bool is_in(const std::vector<CidrBlock>& list, const IpAddress& address) {
    return std::ranges::any_of(list,
                               [&](const CidrBlock& entry) { return entry.contains(address); });
}

}  // namespace

bool is_public(const IpAddress& address) {
    static const auto special_v4 = blocks(kSpecialV4);
    static const auto special_v6 = blocks(kSpecialV6);
    static const auto global_v6 = block(kGlobalV6);
    if (address.is_v4()) {
        return !is_in(special_v4, address);
    }
    return global_v6.contains(address) && !is_in(special_v6, address);
}

}  // namespace gatehouse::net
