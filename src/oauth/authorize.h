// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

/// GET and POST O/authorize: judges the request and opens a transaction for this browser.
[[nodiscard]] http::Response authorize(const FlowParts& parts, const http::Request& request);
/// GET O/authorize/{transaction}: the step that the transaction is at.
[[nodiscard]] http::Response resume(const FlowParts& parts, const http::Request& request);
/// POST O/authorize/server: which server a client of 2025-03-26 is to use.
[[nodiscard]] http::Response choose_server(const FlowParts& parts, const http::Request& request);

inline constexpr std::string_view kResumePattern = "/authorize/{transaction}";

}  // namespace gatehouse::oauth
