// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

/// GET O/sign-in/register[?transaction=ID]: the form for a new account, where people may make one
/// (`self_register`), for whatever the transaction is about. POST: `username`, `email`, `password`;
/// signs the person in. Hashes: for the password workers only.
[[nodiscard]] http::Response show_register(const FlowParts& parts, const http::Request& request);
[[nodiscard]] http::Response register_person(const FlowParts& parts, const http::Request& request);

}  // namespace gatehouse::oauth
