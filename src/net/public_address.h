// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/address.h"

namespace gatehouse::net {

/// True for addresses of the public internet only: false for every block that the IANA registries
/// of special-use addresses (RFC 6890) keep for something else, for IPv6 outside global unicast,
/// and for forms that carry an IPv4 address to a translator (6to4, Teredo, NAT64). IPv4-mapped
/// addresses are judged as what they carry.
[[nodiscard]] bool is_public(const IpAddress& address);

}  // namespace gatehouse::net
