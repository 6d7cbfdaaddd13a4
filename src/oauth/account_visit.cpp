// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_visit.h"

#include <utility>

namespace gatehouse::oauth {

std::expected<Account, http::Response> find_account(const FlowParts& parts,
                                                    const http::Request& request) {
    auto visitor = parts.dependencies.sessions.find(request);
    if (!visitor) {
        return std::unexpected(unavailable_page(visitor.error()));
    }
    if (!*visitor) {
        return std::unexpected(see_other("/sign-in"));
    }
    auto people = parts.find_people(**visitor);
    if (!people) {
        return std::unexpected(unavailable_page(people.error()));
    }
    if (people->empty()) {
        return std::unexpected(see_other("/sign-in"));
    }
    return Account{.visitor = **std::move(visitor), .people = *std::move(people)};
}

}  // namespace gatehouse::oauth
