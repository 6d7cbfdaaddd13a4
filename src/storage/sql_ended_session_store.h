// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// The sessions that replicas tell each other have ended.
class SqlEndedSessionStore {
  public:
    explicit SqlEndedSessionStore(Database& database) : database_(database) {}

    /// Ids that are there already stay as they are.
    [[nodiscard]] Result<void> add(const std::vector<std::string>& sealed, Timestamp now);
    /// The newest `limit` of those that ended at `since` or later.
    [[nodiscard]] Result<std::vector<std::string>> ended_since(Timestamp since, std::size_t limit);
    [[nodiscard]] Result<void> remove_before(Timestamp before);

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
