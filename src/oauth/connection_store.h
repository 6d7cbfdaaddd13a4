// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oauth {

/// One MCP client's authorization by one user at one server: the refresh-token family.
struct Connection {
    std::string id;  ///< `sid`
    std::string user_id, client_id, client_name, origin, server, redirect_host;
    std::vector<std::string> scopes;
    Timestamp auth_time, created_at, last_used_at, expires_at;
    std::optional<Timestamp> revoked_at;
};

/// A refresh token, known by digest. `successor_box`: the sealed successor (contract.md §11).
struct RefreshToken {
    std::string digest, connection_id;
    Timestamp issued_at;
    std::optional<Timestamp> retired_at;
    std::string successor_digest;
    std::string successor_box;
};

struct RotateRefreshToken {
    std::string old_digest;
    RefreshToken next;
    std::string successor_box;
    Timestamp now;
};

struct ConnectionFilter {
    std::string user_id, server, client_id;  ///< empty: any
    bool include_revoked = false;
};

/// What nobody needs any more. Access tokens of a connection must have expired before it counts.
struct DeadBefore {
    Timestamp ended;    ///< connections revoked or expired before
    Timestamp idle;     ///< connections whose refresh tokens nobody used since; not personal tokens
    Timestamp retired;  ///< refresh tokens that were replaced before
    Timestamp expired;  ///< revoked access tokens that expired before
};

class ConnectionStore {
  public:
    ConnectionStore() = default;
    ConnectionStore(const ConnectionStore&) = delete;
    ConnectionStore& operator=(const ConnectionStore&) = delete;
    ConnectionStore(ConnectionStore&&) = delete;
    ConnectionStore& operator=(ConnectionStore&&) = delete;
    virtual ~ConnectionStore() = default;

    /// The connection and, if given, its first refresh token, in one durable transaction.
    [[nodiscard]] virtual Result<void> insert(const Connection& connection,
                                              const std::optional<RefreshToken>& first) = 0;
    [[nodiscard]] virtual Result<Connection> find(std::string_view id) = 0;
    [[nodiscard]] virtual Result<RefreshToken> find_refresh_token(std::string_view digest) = 0;
    /// Retires the old token and inserts the next one in one durable transaction. False when
    /// somebody else retired it first.
    [[nodiscard]] virtual Result<bool> rotate(const RotateRefreshToken& rotation) = 0;
    /// Erases sealed successors whose grace is over.
    [[nodiscard]] virtual Result<void> erase_successors(Timestamp retired_before) = 0;
    /// False when it was revoked already.
    [[nodiscard]] virtual Result<bool> revoke(std::string_view id, Timestamp now) = 0;
    [[nodiscard]] virtual Result<std::vector<Connection>> list(const ConnectionFilter& filter) = 0;
    /// Ids revoked at or after `since`: what access tokens may still be alive for.
    [[nodiscard]] virtual Result<std::vector<std::string>> revoked_since(Timestamp since) = 0;
    [[nodiscard]] virtual Result<void> revoke_token(std::string_view jti, Timestamp expires_at) = 0;
    [[nodiscard]] virtual Result<std::vector<std::string>> revoked_tokens(Timestamp now) = 0;
    /// Removes what is dead, in small transactions. What was revoked never comes back by it: its
    /// row goes, and with it everything that could be redeemed.
    [[nodiscard]] virtual Result<void> remove_dead(const DeadBefore& before) = 0;
};

}  // namespace gatehouse::oauth
