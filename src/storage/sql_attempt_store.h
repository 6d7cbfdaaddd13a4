// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attempts/attempt_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Clients' attempts to connect in SQL. Thread-safe as far as the database is.
class SqlAttemptStore final : public attempts::AttemptStore {
  public:
    explicit SqlAttemptStore(Database& database) : database_(database) {}

    Result<void> put(const std::vector<attempts::StoredAttempt>& attempts,
                     std::size_t most) override;
    Result<std::vector<attempts::StoredAttempt>> newest(std::size_t most) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
