// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grants/grant_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// The vault in SQL. `database` must outlive it.
class SqlGrantStore final : public grants::GrantStore {
  public:
    explicit SqlGrantStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<void> adopt(std::string_view pending_id,
                                     const grants::Grant& grant) override;
    [[nodiscard]] Result<grants::Grant> find(std::string_view user_id,
                                             std::string_view server) override;
    [[nodiscard]] Result<std::vector<grants::Grant>> list(
        const grants::GrantFilter& filter) override;
    [[nodiscard]] Result<bool> lease(const grants::GrantLease& lease) override;
    [[nodiscard]] Result<void> release(std::string_view id, std::string_view owner) override;
    [[nodiscard]] Result<bool> renew(const grants::RenewedGrant& renewed) override;
    [[nodiscard]] Result<bool> mark_needs_reconnect(std::string_view id,
                                                    std::uint64_t version,
                                                    Timestamp now) override;
    [[nodiscard]] Result<bool> reseal(std::string_view id,
                                      std::uint64_t version,
                                      std::string_view sealed) override;
    Result<bool> remove(std::string_view id,
                        std::uint64_t version,
                        const grants::Revocation& revocation) override;
    Result<std::vector<grants::Grant>> take_expiring(Timestamp now,
                                                     std::chrono::hours notice) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
