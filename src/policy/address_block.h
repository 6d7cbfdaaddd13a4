// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::policy {

/// An IP address as sixteen bytes; IPv4 is mapped into IPv6, so that both spellings are one.
using AddressBytes = std::array<std::uint8_t, 16>;

/// Nothing for anything but an address in its usual text form.
[[nodiscard]] std::optional<AddressBytes> parse_ip(std::string_view text);

/// "10.0.0.0/8", "2001:db8::/32".
class AddressBlock {
  public:
    [[nodiscard]] static std::optional<AddressBlock> parse(std::string_view text);

    [[nodiscard]] bool contains(const AddressBytes& address) const;

  private:
    AddressBytes network_{};
    std::size_t bits_ = 128;
};

}  // namespace gatehouse::policy
