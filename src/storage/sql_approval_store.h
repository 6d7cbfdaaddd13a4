// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtimes/approval_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Seen and approved tools in SQL. `database` must outlive it.
class SqlApprovalStore final : public runtimes::ApprovalStore {
  public:
    explicit SqlApprovalStore(Database& database) : database_(database) {}

    Result<Noted> note(std::string_view server,
                       const std::vector<runtimes::Sighting>& seen,
                       Welcome welcome,
                       Timestamp now) override;
    Result<std::vector<runtimes::Sighting>> list(std::string_view server) override;
    Result<void> approve(std::string_view server,
                         const std::vector<runtimes::Sighting>& shapes,
                         Timestamp now) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
