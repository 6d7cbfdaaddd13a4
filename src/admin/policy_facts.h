// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/api.h"
#include "policy/facts.h"

namespace gatehouse::admin {

/// What rules know of a person, as the pipeline takes it from the store.
struct PersonFacts {
    std::string id, name;
    std::string email;  ///< verified, or empty
    std::vector<std::string> groups;
};

[[nodiscard]] PersonFacts facts_of(const identity::User& user);

/// Views into both; the connection's part is given by the caller.
[[nodiscard]] policy::Caller caller_of(const PersonFacts& person,
                                       const std::string& client,
                                       const std::vector<std::string>& scopes);

/// Scopes that rules see: refresh tokens are nobody's business there.
[[nodiscard]] std::vector<std::string> visible_scopes(std::vector<std::string> scopes);

}  // namespace gatehouse::admin
