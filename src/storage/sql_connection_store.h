// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/connection_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Connections, refresh tokens and revocations in SQL. Thread-safe as far as the database is.
class SqlConnectionStore final : public oauth::ConnectionStore {
  public:
    explicit SqlConnectionStore(Database& database) : database_(database) {}

    Result<void> insert(const oauth::Connection& connection,
                        const std::optional<oauth::RefreshToken>& first) override;
    Result<oauth::Connection> find(std::string_view id) override;
    Result<oauth::RefreshToken> find_refresh_token(std::string_view digest) override;
    /// Also false when the connection is revoked.
    Result<bool> rotate(const oauth::RotateRefreshToken& rotation) override;
    Result<void> erase_successors(Timestamp retired_before) override;
    /// Also false for an unknown id.
    Result<bool> revoke(std::string_view id, Timestamp now) override;
    Result<std::vector<oauth::Connection>> list(const oauth::ConnectionFilter& filter) override;
    Result<std::vector<std::string>> revoked_since(Timestamp since) override;
    Result<void> revoke_token(std::string_view jti, Timestamp expires_at) override;
    Result<std::vector<std::string>> revoked_tokens(Timestamp now) override;
    Result<void> remove_dead(const oauth::DeadBefore& before) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
