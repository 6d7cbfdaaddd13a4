// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "catalog/catalog.h"
#include "http/exchange.h"
#include "http/message.h"

namespace gatehouse::proxy {

/// May a page of `origin` call this server? Our own origins, loopback at any port, and what the
/// server's configuration names (requirements B17, H01).
[[nodiscard]] bool origin_allowed(const catalog::Catalog& catalog,
                                  const catalog::Server& server,
                                  std::string_view origin);

/// 204 for a preflight of an allowed origin (requirements B13).
[[nodiscard]] http::Response preflight(const http::RequestHead& head, std::string_view origin);

/// Lets a page of `origin` read the answer (requirements B14, B15); nothing when it is empty.
void add_cors(http::Response& response, std::string_view origin);

inline constexpr std::string_view kExposedHeaders =
    "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, DPoP-Nonce, "
    "Retry-After, X-Request-Id";

}  // namespace gatehouse::proxy
