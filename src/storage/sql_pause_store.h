// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget/pause_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Pauses in SQL. `database` must outlive it.
class SqlPauseStore final : public budget::PauseStore {
  public:
    explicit SqlPauseStore(Database& database) : database_(database) {}

    Result<bool> add(const budget::Pause& pause) override;
    Result<bool> remove(std::string_view kind, std::string_view name) override;
    Result<std::vector<budget::Pause>> list() override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
