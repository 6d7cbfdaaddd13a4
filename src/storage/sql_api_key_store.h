// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api_key_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// API keys in SQL. `database` must outlive it.
class SqlApiKeyStore final : public admin::ApiKeyStore {
  public:
    explicit SqlApiKeyStore(Database& database) : database_(database) {}

    Result<void> insert(const admin::ApiKey& key) override;
    Result<admin::ApiKey> find_by_digest(std::string_view digest) override;
    Result<std::vector<admin::ApiKey>> list() override;
    Result<bool> remove(std::string_view id) override;
    Result<void> note_use(std::string_view id, Timestamp now) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
