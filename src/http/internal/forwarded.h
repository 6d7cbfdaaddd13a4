// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/exchange.h"
#include "net/address.h"

namespace gatehouse::http::internal {

/// What a trusted proxy says about a request. Empty: nothing.
struct Forwarded {
    std::string client_ip;
    std::string_view host;
};

/// Only for requests whose peer is trusted. The client is the rightmost entry of X-Forwarded-For
/// that is no trusted proxy itself; an entry that is no address ends the search, since nobody
/// trusted wrote what is left of it. kInvalid when X-Forwarded-Host is no single host.
[[nodiscard]] Result<Forwarded> read_forwarded(std::span<const HeaderView> headers,
                                               std::span<const net::CidrBlock> trusted);

[[nodiscard]] bool is_trusted(std::span<const net::CidrBlock> trusted,
                              const net::IpAddress& address);

}  // namespace gatehouse::http::internal
