// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "http/router.h"
#include "identity/sessions.h"
#include "identity/users.h"

namespace gatehouse::oauth {

/// One call that was made in a person's name.
struct OwnCall {
    Timestamp time;
    std::string server, client, method, item;
    std::string effect;  ///< the decision
    std::string rule;
    bool is_over = false, failed = false;
};

struct AccountCallsNeeds {
    const catalog::LiveCatalog& catalog;
    identity::Sessions& sessions;
    identity::Users& users;
    /// The newest calls of a user, newest first.
    std::function<Result<std::vector<OwnCall>>(std::string_view user_id, std::size_t most)> recent;
    /// What a client calls itself, or its id.
    std::function<std::string(std::string_view client_id)> client_name;
};

/// GET /account/calls: what apps did lately in the name of whoever is signed in.
void add_account_calls_route(http::Router& router, const AccountCallsNeeds& needs);

}  // namespace gatehouse::oauth
