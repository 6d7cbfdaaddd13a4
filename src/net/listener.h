// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/address.h"
#include "net/socket.h"

namespace gatehouse::net {

/// `count` listening sockets on one address, one for each loop (SO_REUSEPORT); port 0 lets the
/// system choose, the same for all. kConflict when somebody else listens there, also another
/// gateway of the same user. "::" takes IPv4 too.
[[nodiscard]] Result<std::vector<Socket>> listen_on(const Endpoint& endpoint, std::size_t count);

/// As above; `host` is a numeric address, without brackets, or "localhost".
[[nodiscard]] Result<std::vector<Socket>> listen_on(const std::string& host,
                                                    std::uint16_t port,
                                                    std::size_t count);

[[nodiscard]] Endpoint local_endpoint(const Socket& socket);

}  // namespace gatehouse::net
