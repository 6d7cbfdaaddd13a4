// SPDX-License-Identifier: Apache-2.0
#include "admin/policy_facts.h"

namespace gatehouse::admin {

PersonFacts facts_of(const identity::User& user) {
    return {.id = user.id,
            .name = user.name,
            .email = user.email_verified ? user.email : std::string(),
            .groups = user.groups};
}

policy::Caller caller_of(const PersonFacts& person,
                         const std::string& client,
                         const std::vector<std::string>& scopes) {
    return {.id = person.id,
            .name = person.name,
            .email = person.email,
            .groups = person.groups,
            .client = client,
            .scopes = scopes};
}

std::vector<std::string> visible_scopes(std::vector<std::string> scopes) {
    std::erase(scopes, "offline_access");
    return scopes;
}

}  // namespace gatehouse::admin
