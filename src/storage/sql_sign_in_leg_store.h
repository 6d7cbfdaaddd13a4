// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/sign_in_leg_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// `database` must outlive it.
class SqlSignInLegStore final : public identity::SignInLegStore {
  public:
    explicit SqlSignInLegStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<void> insert(const identity::SignInLeg& leg, std::size_t most) override;
    [[nodiscard]] Result<identity::SignInLeg> find(std::string_view digest) override;
    [[nodiscard]] Result<bool> mark_used(std::string_view digest) override;
    [[nodiscard]] Result<void> remove_expired(Timestamp now) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
