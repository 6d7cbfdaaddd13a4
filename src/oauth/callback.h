// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

inline constexpr std::string_view kCallbackPattern = "/connect/{profile}/callback";

/// GET O/connect/{profile}/callback: the browser comes back from the downstream authorization
/// server. Nothing happens unless it brings the cookies of its leg and of its transaction (G03).
[[nodiscard]] http::Response complete_leg(const FlowParts& parts, const http::Request& request);

}  // namespace gatehouse::oauth
