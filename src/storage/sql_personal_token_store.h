// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oauth/personal_token_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

class SqlPersonalTokenStore final : public oauth::PersonalTokenStore {
  public:
    explicit SqlPersonalTokenStore(Database& database) : database_(database) {}

    [[nodiscard]] Result<void> add(const oauth::PersonalToken& token) override;
    [[nodiscard]] Result<std::vector<oauth::PersonalToken>> living(std::string_view user_id,
                                                                   Timestamp now) override;
    [[nodiscard]] Result<std::int64_t> version() override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
