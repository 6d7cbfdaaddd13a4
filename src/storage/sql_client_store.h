// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/client_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Approved clients in SQL. Thread-safe as far as the database is.
class SqlClientStore final : public oauth::ClientStore {
  public:
    explicit SqlClientStore(Database& database) : database_(database) {}

    Result<void> remember(const oauth::Client& client,
                          std::string_view origin,
                          Timestamp now) override;
    Result<oauth::KnownClient> find(std::string_view origin, std::string_view id) override;
    Result<std::vector<oauth::KnownClient>> list() override;
    Result<void> set_state(std::string_view origin,
                           std::string_view id,
                           oauth::ClientState state) override;

    Result<void> remove(std::string_view origin, std::string_view id) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
