// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/authorization_code_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Authorization codes in SQL. Thread-safe as far as the database is.
class SqlCodeStore final : public oauth::AuthorizationCodeStore {
  public:
    explicit SqlCodeStore(Database& database) : database_(database) {}

    Result<void> insert(std::string_view digest, const oauth::AuthorizationCode& code) override;
    Result<oauth::StoredCode> find(std::string_view digest) override;
    Result<bool> mark_used(std::string_view digest) override;
    Result<void> remove_expired(Timestamp before) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
