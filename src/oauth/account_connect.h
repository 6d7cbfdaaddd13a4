// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

inline constexpr std::string_view kConnectPattern = "/connect/{server}";

/// GET O/connect/{server}: what is about to happen, and a button; sign-in first where the server
/// has one of its own.
[[nodiscard]] http::Response show_connect(const FlowParts& parts, const http::Request& request);
/// POST O/connect/{server}: off to the downstream server.
[[nodiscard]] http::Response connect(const FlowParts& parts, const http::Request& request);
/// The same without the page in between, for a person who clicked on one already.
[[nodiscard]] http::Response reconnect(const FlowParts& parts,
                                       const http::Request& request,
                                       const catalog::Server& server,
                                       std::string_view user_id);

}  // namespace gatehouse::oauth
