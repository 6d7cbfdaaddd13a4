// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/consent_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Remembered consents in SQL. `database` must outlive it.
class SqlConsentStore final : public oauth::ConsentStore {
  public:
    explicit SqlConsentStore(Database& database) : database_(database) {}

    Result<void> remember(const oauth::Consent& consent) override;
    Result<std::vector<oauth::Consent>> list(std::string_view user_id,
                                             std::string_view client_id) override;
    Result<void> forget(std::string_view user_id,
                        std::string_view client_id,
                        std::string_view server) override;
    Result<void> forget_user(std::string_view user_id) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
