// SPDX-License-Identifier: Apache-2.0
#include "policy/address_block.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/strings.h"

namespace gatehouse::policy {
namespace {

constexpr AddressBytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kMappedBits = 96;

}  // namespace

std::optional<AddressBytes> parse_ip(std::string_view text) {
    // The C interface would stop at a NUL and read the rest as if it were not there.
    if (text.size() > INET6_ADDRSTRLEN || text.contains('\0')) {
        return std::nullopt;
    }
    const std::string terminated(text);
    AddressBytes bytes = kMapped;
    in_addr four{};
    if (inet_pton(AF_INET, terminated.c_str(), &four) == 1) {
        std::memcpy(bytes.data() + kMappedBits / 8, &four, sizeof four);
        return bytes;
    }
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    return std::nullopt;
}

std::optional<AddressBlock> AddressBlock::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    AddressBlock block;
    block.network_ = *address;
    if (slash != std::string_view::npos) {
        const bool is_four = !text.substr(0, slash).contains(':');
        const auto length = parse_uint(text.substr(slash + 1));
        if (!length || *length > (is_four ? 32 : 128)) {
            return std::nullopt;
        }
        block.bits_ = static_cast<std::size_t>(*length) + (is_four ? kMappedBits : 0);
    }
    return block;
}

bool AddressBlock::contains(const AddressBytes& address) const {
    const std::size_t whole = bits_ / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                    network_.begin())) {
        return false;
    }
    const std::size_t rest = bits_ % 8;
    if (rest == 0) {
        return true;
    }
    const auto mask = static_cast<std::uint8_t>(0xffU << (8 - rest));
    return (address.at(whole) & mask) == (network_.at(whole) & mask);
}

}  // namespace gatehouse::policy
