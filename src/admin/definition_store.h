// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::admin {

/// A server, profile, policy or budget that was made through the admin API, as it is kept.
struct StoredDefinition {
    std::string section, id;  ///< "servers", "todo"
    std::string box;          ///< the object, sealed
    Timestamp created_at, updated_at;
};

/// Every change moves one revision on, so that a change which was checked against what another
/// replica has changed since is refused. Thread-safe; calls block.
class DefinitionStore {
  public:
    DefinitionStore() = default;
    DefinitionStore(const DefinitionStore&) = delete;
    DefinitionStore& operator=(const DefinitionStore&) = delete;
    DefinitionStore(DefinitionStore&&) = delete;
    DefinitionStore& operator=(DefinitionStore&&) = delete;
    virtual ~DefinitionStore() = default;

    struct Snapshot {
        std::int64_t revision = 0;
        std::vector<StoredDefinition> definitions;  ///< in the order in which they were made
    };

    [[nodiscard]] virtual Result<std::int64_t> revision() = 0;
    [[nodiscard]] virtual Result<Snapshot> load() = 0;
    /// Makes it, or replaces its box and `updated_at`. The new revision; kConflict when the store
    /// is no longer at `expected`.
    [[nodiscard]] virtual Result<std::int64_t> put(const StoredDefinition& definition,
                                                   std::int64_t expected) = 0;
    [[nodiscard]] virtual Result<std::int64_t> remove(std::string_view section,
                                                      std::string_view id,
                                                      std::int64_t expected) = 0;
};

}  // namespace gatehouse::admin
