// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/key_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Sealed keys in SQL. Thread-safe as far as the database is.
class SqlKeyStore final : public oauth::KeyStore {
  public:
    explicit SqlKeyStore(Database& database) : database_(database) {}

    Result<bool> insert(const oauth::StoredKey& key) override;
    Result<std::vector<oauth::StoredKey>> list(std::string_view purpose) override;
    Result<void> replace_box(std::string_view id, std::string_view box) override;
    Result<void> remove(std::string_view id) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
