// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oauth/account_visit.h"
#include "oauth/pages.h"

/// The browsers in which somebody is signed in, on the account page.
namespace gatehouse::oauth {

[[nodiscard]] Result<std::vector<AccountSession>> account_sessions(const FlowParts& parts,
                                                                   const Account& account);

/// Does `action` = end_session (with `session`), end_other_sessions or end_all_sessions of a form
/// that is known to be ours; nothing for any other action.
[[nodiscard]] std::optional<http::Response> change_sessions(const FlowParts& parts,
                                                            const http::Request& request,
                                                            const Account& account,
                                                            const FormFields& form);

/// "Firefox on Linux", as far as a User-Agent tells.
[[nodiscard]] std::string describe_browser(std::string_view user_agent);
/// "2026-11-24 10:03 UTC"
[[nodiscard]] std::string show_time(Timestamp time);

}  // namespace gatehouse::oauth
