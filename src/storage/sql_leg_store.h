// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grants/leg_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Downstream legs and pending grants in SQL. `database` must outlive it.
class SqlLegStore final : public grants::LegStore {
  public:
    explicit SqlLegStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<void> insert(const grants::Leg& leg) override;
    [[nodiscard]] Result<grants::Leg> find(std::string_view digest) override;
    [[nodiscard]] Result<bool> mark_used(std::string_view digest) override;
    [[nodiscard]] Result<void> remove_expired(Timestamp now) override;
    [[nodiscard]] Result<void> insert_pending(const grants::PendingGrant& pending) override;
    [[nodiscard]] Result<grants::PendingGrant> find_pending(std::string_view id) override;
    [[nodiscard]] Result<void> set_account(std::string_view pending_id,
                                           std::string_view subject,
                                           std::string_view email) override;
    [[nodiscard]] Result<bool> remove_pending(std::string_view id) override;
    [[nodiscard]] Result<std::vector<grants::PendingGrant>> expired_pending(
        Timestamp now, std::size_t limit) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
