// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/used_assertion_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Thread-safe as far as the database is.
class SqlUsedAssertionStore final : public oauth::UsedAssertionStore {
  public:
    explicit SqlUsedAssertionStore(Database& database) : database_(database) {}

    Result<bool> use(std::string_view digest, Timestamp expires_at, Timestamp now) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
