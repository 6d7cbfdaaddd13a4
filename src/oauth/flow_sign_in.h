// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

/// GET O/sign-in: the form, for the account pages.
[[nodiscard]] http::Response show_sign_in(const FlowParts& parts, const http::Request& request);
/// POST O/sign-in: name and password, for whatever the form's transaction is about. Hashes: for
/// the password workers only.
[[nodiscard]] http::Response sign_in(const FlowParts& parts, const http::Request& request);
/// GET O/sign-out: a button. POST: everybody of this browser.
[[nodiscard]] http::Response show_sign_out(const FlowParts& parts, const http::Request& request);
[[nodiscard]] http::Response sign_out(const FlowParts& parts, const http::Request& request);

}  // namespace gatehouse::oauth
