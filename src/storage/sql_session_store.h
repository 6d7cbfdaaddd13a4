// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/session_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Browser sessions in SQL. `database` must outlive it.
class SqlSessionStore final : public identity::SessionStore {
  public:
    explicit SqlSessionStore(Database& database) : database_(database) {}

    Result<identity::BrowserSession> find(std::string_view digest) override;
    Result<void> replace(std::string_view old_digest,
                         const identity::BrowserSession& next) override;
    Result<void> touch(std::string_view digest, Timestamp now) override;
    Result<void> remove(std::string_view digest) override;
    Result<std::vector<identity::BrowserSession>> list(std::string_view user_id) override;
    Result<bool> remove_person(std::string_view digest, std::string_view user_id) override;
    Result<void> remove_user(std::string_view user_id, std::string_view kept_digest) override;
    Result<void> remove_idle(Timestamp last_used_before) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
