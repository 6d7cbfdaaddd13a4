// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "oauth/flow_parts.h"

namespace gatehouse::oauth {

inline constexpr std::string_view kAccountStep = "account";

/// A signed-in browser and its people, at least one.
struct Account {
    identity::Visitor visitor;
    std::vector<Person> people;
};

/// Whoever is not signed in goes to sign in.
[[nodiscard]] std::expected<Account, http::Response> find_account(const FlowParts& parts,
                                                                  const http::Request& request);

}  // namespace gatehouse::oauth
