// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/record_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Audit records in SQL. Thread-safe as far as the database is.
class SqlRecordStore final : public audit::RecordStore {
  public:
    explicit SqlRecordStore(Database& database) : database_(database) {}

    Result<audit::ChainHead> take_over(
        const std::vector<audit::Entry>& entries,
        const std::vector<audit::JournalPosition>& positions,
        const audit::ChainHead& head,
        const std::function<std::string(const audit::ChainHead&)>& seal) override;
    Result<std::vector<audit::JournalPosition>> positions() override;
    Result<void> forget_position(std::string_view segment) override;
    Result<std::uint64_t> newest_id() override;
    Result<audit::RecordPage> find(const audit::RecordFilter& filter) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
