// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/definition_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// What the admin API made, in SQL. `database` must outlive it.
class SqlDefinitionStore final : public admin::DefinitionStore {
  public:
    explicit SqlDefinitionStore(Database& database) : database_(database) {}

    Result<std::int64_t> revision() override;
    Result<Snapshot> load() override;
    Result<std::int64_t> put(const admin::StoredDefinition& definition,
                             std::int64_t expected) override;
    Result<std::int64_t> remove(std::string_view section,
                                std::string_view id,
                                std::int64_t expected) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
