// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/transaction_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Authorizations under way, in SQL. `database` must outlive it.
class SqlTransactionStore final : public oauth::TransactionStore {
  public:
    explicit SqlTransactionStore(Database& database) : database_(database) {}

    Result<void> insert(const oauth::Transaction& transaction, std::size_t most) override;
    Result<oauth::Transaction> find(std::string_view id) override;
    Result<bool> choose_server(const oauth::Transaction& chosen) override;
    Result<bool> advance(oauth::Stage from, const oauth::Transaction& next) override;
    Result<void> remove_expired(Timestamp before) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
