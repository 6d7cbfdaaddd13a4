// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/live.h"
#include "base/secret.h"
#include "http/router.h"

namespace gatehouse::admin {

/// Decides who may use the admin listener: a bearer of the admin token (contract.md §9).
/// Thread-safe.
class Guard {
  public:
    /// `hosts`: the Host values that reach this listener ("127.0.0.1:9901", "localhost:9901").
    Guard(Secret admin_token, std::vector<std::string> hosts)
        : token_(std::move(admin_token)), hosts_(std::move(hosts)) {}

    /// Wraps a handler: 421 for a foreign Host (DNS rebinding), 403 for a foreign Origin, 401
    /// without the token.
    [[nodiscard]] http::Handler protect(http::Handler handler) const;

  private:
    [[nodiscard]] bool is_own_host(std::string_view host) const;

    Secret token_;
    std::vector<std::string> hosts_;
};

}  // namespace gatehouse::admin
