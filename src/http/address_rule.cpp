// SPDX-License-Identifier: Apache-2.0
#include "http/address_rule.h"

#include <algorithm>

#include "net/public_address.h"

namespace gatehouse::http {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

}  // namespace

Result<AddressRule> AddressRule::public_and(const std::vector<std::string>& blocks) {
    AddressRule rule;
    for (const std::string& text : blocks) {
        auto block = net::CidrBlock::parse(text);
        if (!block) {
            return std::unexpected(block.error());
        }
        rule.allowed_.push_back(*block);
    }
    return rule;
}

bool AddressRule::admits(const net::Endpoint& endpoint) const {
    const bool allowed = std::ranges::any_of(
        allowed_, [&](const net::CidrBlock& block) { return block.contains(endpoint.ip); });
    return allowed || (endpoint.port == kHttpsPort && net::is_public(endpoint.ip));
}

}  // namespace gatehouse::http
