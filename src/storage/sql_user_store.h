// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/user_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Users in SQL. Thread-safe as far as the database is.
class SqlUserStore final : public identity::UserStore {
  public:
    explicit SqlUserStore(Database& database) : database_(database) {}

    Result<void> insert(const identity::User& user) override;
    Result<identity::User> find(std::string_view id) override;
    Result<identity::User> find_by_subject(std::string_view source,
                                           std::string_view subject) override;
    Result<identity::User> find_by_login(std::string_view name_or_email) override;
    Result<void> update(const identity::User& user) override;
    Result<void> remove(std::string_view id) override;
    Result<std::vector<identity::User>> list(std::string_view after_id, std::size_t limit) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
