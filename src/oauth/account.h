// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

/// GET O/account: what the people of this browser connected.
[[nodiscard]] http::Response show_account(const FlowParts& parts, const http::Request& request);
/// POST O/account: `action` = disconnect | reconnect | disconnect_all, `connection`.
[[nodiscard]] http::Response change_account(const FlowParts& parts, const http::Request& request);

}  // namespace gatehouse::oauth
