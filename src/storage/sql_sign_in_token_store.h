// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/sign_in_token_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Sealed tokens of sign-ins in SQL. `database` must outlive it.
class SqlSignInTokenStore final : public identity::SignInTokenStore {
  public:
    explicit SqlSignInTokenStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<void> keep(const identity::StoredSignIn& sign_in) override;
    [[nodiscard]] Result<identity::StoredSignIn> find(std::string_view user_id,
                                                      std::string_view provider) override;
    [[nodiscard]] Result<bool> lease(const identity::SignInLease& lease) override;
    [[nodiscard]] Result<void> release(const identity::SignInLease& lease) override;
    [[nodiscard]] Result<bool> renew(const identity::StoredSignIn& sign_in) override;
    [[nodiscard]] Result<bool> reseal(const identity::StoredSignIn& sign_in) override;
    [[nodiscard]] Result<std::vector<identity::StoredSignIn>> list(std::string_view after_user,
                                                                   std::string_view after_provider,
                                                                   std::size_t limit) override;
    [[nodiscard]] Result<void> remove_of(std::string_view user_id) override;
    [[nodiscard]] Result<void> remove_unused(Timestamp before) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
