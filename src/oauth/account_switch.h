// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "oauth/flow_parts.h"

/// Another downstream account in the place of the connected one: never by the way (G13).
namespace gatehouse::oauth {

inline constexpr std::string_view kSwitchPattern = "/connect/{server}/switch";

struct AccountSwitch {
    const Person& person;
    std::string pending_grant;
    std::string account;  ///< the other one, in words
};

/// Names both accounts and asks.
[[nodiscard]] http::Response switch_page(const FlowParts& parts,
                                         const Scene& scene,
                                         const AccountSwitch& change);
/// POST O/connect/{server}/switch: ends what the person's clients had with the first account, then
/// connects the other one.
[[nodiscard]] http::Response switch_account(const FlowParts& parts, const http::Request& request);

}  // namespace gatehouse::oauth
