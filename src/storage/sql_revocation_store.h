// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grants/revocation_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Inside a transaction of somebody else's.
[[nodiscard]] Result<void> insert_revocation(Session& session,
                                             const grants::Revocation& revocation);

/// Thread-safe as far as the database is.
class SqlRevocationStore final : public grants::RevocationStore {
  public:
    explicit SqlRevocationStore(Database& database) : database_(database) {}

    Result<void> insert(const grants::Revocation& revocation) override;
    Result<std::vector<grants::Revocation>> due(Timestamp now, std::size_t limit) override;
    Result<bool> postpone(std::string_view id, int attempts, Timestamp next_at) override;
    Result<void> remove(std::string_view id) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
