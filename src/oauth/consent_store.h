// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oauth {

/// What one person allowed one client at one server (C41).
struct Consent {
    std::string user_id, client_id, server, redirect_host;
    std::vector<std::string> scopes;
    Timestamp given_at;
};

class ConsentStore {
  public:
    ConsentStore() = default;
    ConsentStore(const ConsentStore&) = delete;
    ConsentStore& operator=(const ConsentStore&) = delete;
    ConsentStore(ConsentStore&&) = delete;
    ConsentStore& operator=(ConsentStore&&) = delete;
    virtual ~ConsentStore() = default;

    /// In the place of what is kept for the same user, client, server and redirect host.
    [[nodiscard]] virtual Result<void> remember(const Consent& consent) = 0;
    /// Of one client, or with an empty `client_id` of all.
    [[nodiscard]] virtual Result<std::vector<Consent>> list(std::string_view user_id,
                                                            std::string_view client_id) = 0;
    /// For every redirect host.
    [[nodiscard]] virtual Result<void> forget(std::string_view user_id,
                                              std::string_view client_id,
                                              std::string_view server) = 0;
    /// Everything that a person ever allowed.
    [[nodiscard]] virtual Result<void> forget_user(std::string_view user_id) = 0;
};

}  // namespace gatehouse::oauth
