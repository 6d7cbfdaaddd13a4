// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "oauth/transaction.h"

namespace gatehouse::oauth {

class TransactionStore {
  public:
    TransactionStore() = default;
    TransactionStore(const TransactionStore&) = delete;
    TransactionStore& operator=(const TransactionStore&) = delete;
    TransactionStore(TransactionStore&&) = delete;
    TransactionStore& operator=(TransactionStore&&) = delete;
    virtual ~TransactionStore() = default;

    /// Of one source only the newest `most` are kept, this one included (D31).
    [[nodiscard]] virtual Result<void> insert(const Transaction& transaction, std::size_t most) = 0;
    /// kNotFound for an unknown id. Also expired ones, while they are kept.
    [[nodiscard]] virtual Result<Transaction> find(std::string_view id) = 0;
    /// Sets the server and the scopes to show. False unless it is open and has no server yet.
    [[nodiscard]] virtual Result<bool> choose_server(const Transaction& chosen) = 0;
    /// Sets stage, scopes, user and expiry. True for exactly one of several that leave `from`.
    [[nodiscard]] virtual Result<bool> advance(Stage from, const Transaction& next) = 0;
    [[nodiscard]] virtual Result<void> remove_expired(Timestamp before) = 0;
};

}  // namespace gatehouse::oauth
