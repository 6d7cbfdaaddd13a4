// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api_keys.h"
#include "admin/caller.h"
#include "admin/console_sessions.h"
#include "base/live.h"
#include "base/secret.h"
#include "http/router.h"

namespace gatehouse::admin {

/// Decides who may use the admin listener: a bearer of the admin token or of an API key, or a
/// browser that signed in to the console with one of them (contract.md §9). Thread-safe.
class Guard {
  public:
    /// `hosts`: the Host values that reach this listener ("127.0.0.1:9901", "localhost:9901").
    /// Without `keys` or `sessions` there are none. Both must outlive the guard.
    Guard(Secret admin_token,
          std::vector<std::string> hosts,
          const ApiKeys* keys = nullptr,
          ConsoleSessions* sessions = nullptr);

    /// Takes the place of the admin token that was; sessions which began with it are over.
    void set_admin_token(Secret token);

    /// Wraps a handler: 421 for a foreign Host (DNS rebinding), 403 for a foreign Origin, 401
    /// without a credential, 403 for a role that is too small. Changes that come with a cookie
    /// need its anti-forgery token.
    [[nodiscard]] http::Handler protect(Role least, http::Handler handler) const;
    /// As above: reading is for viewers, everything else for operators.
    [[nodiscard]] http::Handler protect(http::Handler handler) const;
    /// For what may be had without a credential: Host and Origin are checked all the same.
    [[nodiscard]] http::Handler admit(http::Handler handler) const;

    /// Whose credential this is; nothing when it is nobody's.
    [[nodiscard]] Result<std::optional<Caller>> identify(std::string_view credential) const;

  private:
    struct Token {
        Secret text;
        std::string digest;
    };

    [[nodiscard]] bool is_own_host(std::string_view host) const;
    [[nodiscard]] std::optional<http::Response> misdirected(const http::Request& request) const;
    [[nodiscard]] Result<std::optional<Caller>> find(std::string_view digest) const;
    [[nodiscard]] std::expected<Caller, http::Response> caller_of(
        const http::Request& request) const;
    [[nodiscard]] std::expected<Caller, http::Response> signed_in_caller(
        const http::Request& request) const;

    Live<Token> token_;
    std::vector<std::string> hosts_;
    const ApiKeys* keys_;
    ConsoleSessions* sessions_;
};

}  // namespace gatehouse::admin
