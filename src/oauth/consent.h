// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

/// POST O/consent: a person's Allow or Deny (D18, D26). Of the form only the decision, the ticked
/// scopes and the anti-forgery field count (I08).
[[nodiscard]] http::Response decide(const FlowParts& parts, const http::Request& request);

}  // namespace gatehouse::oauth
