// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/password_reset_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Password reset links in SQL. `database` must outlive it.
class SqlPasswordResetStore final : public identity::PasswordResetStore {
  public:
    explicit SqlPasswordResetStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<void> insert(const identity::PasswordReset& reset) override;
    [[nodiscard]] Result<identity::PasswordReset> find(std::string_view digest) override;
    [[nodiscard]] Result<bool> remove(std::string_view digest) override;
    [[nodiscard]] Result<void> remove_of(std::string_view user_id) override;
    [[nodiscard]] Result<void> remove_expired(Timestamp now) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
