// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/export_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// What exports read, in SQL. Thread-safe as far as the database is.
class SqlExportStore final : public audit::ExportStore {
  public:
    explicit SqlExportStore(Database& database) : database_(database) {}

    Result<std::vector<audit::ChainedRecord>> records_after(std::string_view replica,
                                                            std::uint64_t seq,
                                                            std::size_t limit) override;
    Result<std::uint64_t> position(std::string_view name, std::string_view replica) override;
    Result<void> set_position(std::string_view name,
                              std::string_view replica,
                              std::uint64_t seq) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
