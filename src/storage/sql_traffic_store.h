// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/traffic_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Counts over the records of calls. `database` must outlive it.
class SqlTrafficStore final : public admin::TrafficStore {
  public:
    explicit SqlTrafficStore(Database& database) : database_(database) {}

    Result<std::vector<admin::TrafficBucket>> count(const admin::TrafficWindow& window) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
