// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// The numbers that gateways on one store tell each other apart by.
class SqlReplicaStore {
  public:
    /// So many may run at once.
    static constexpr std::int64_t kMost = 128;

    explicit SqlReplicaStore(Database& database) : database_(database) {}

    /// The number of `owner`, which keeps it until `leave`, even while it does not run. Only when
    /// every number is taken does somebody else get that of the owner who was silent longest, if
    /// that is ten minutes or more; else kUnavailable.
    [[nodiscard]] Result<std::uint32_t> join(std::string_view owner, Timestamp now);
    /// Once a minute.
    [[nodiscard]] Result<void> stay(std::string_view owner, Timestamp now);
    [[nodiscard]] Result<void> leave(std::string_view owner);

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
