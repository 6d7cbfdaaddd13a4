// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "oauth/flow_parts.h"

/// Pages on which local people choose a password: to change it, or by a link that an operator made.
namespace gatehouse::oauth {

/// GET O/account/password: the form. POST: `current_password`, `new_password`; signs the person out
/// of every other browser. Hashes: for the password workers only.
[[nodiscard]] http::Response show_password(const FlowParts& parts, const http::Request& request);
[[nodiscard]] http::Response change_password(const FlowParts& parts, const http::Request& request);

/// GET O/sign-in/reset?token=…: the form; looking uses nothing up, as programs follow links, too.
/// POST: `new_password`; ends every session of the person.
[[nodiscard]] http::Response show_reset(const FlowParts& parts, const http::Request& request);
[[nodiscard]] http::Response reset_password(const FlowParts& parts, const http::Request& request);

/// Why a person may not have this password, or empty. `again` is what was typed the second time.
[[nodiscard]] std::string password_problem(std::string_view password, std::string_view again);

}  // namespace gatehouse::oauth
