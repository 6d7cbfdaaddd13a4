// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::attempts {

/// A story as it is kept.
struct StoredAttempt {
    std::string id;
    Timestamp updated_at;
    std::string story;  ///< JSON
};

class AttemptStore {
  public:
    AttemptStore() = default;
    AttemptStore(const AttemptStore&) = delete;
    AttemptStore& operator=(const AttemptStore&) = delete;
    AttemptStore(AttemptStore&&) = delete;
    AttemptStore& operator=(AttemptStore&&) = delete;
    virtual ~AttemptStore() = default;

    /// Replaces those of the same id, in one transaction, and keeps only the newest `most`.
    [[nodiscard]] virtual Result<void> put(const std::vector<StoredAttempt>& attempts,
                                           std::size_t most) = 0;
    /// The newest first.
    [[nodiscard]] virtual Result<std::vector<StoredAttempt>> newest(std::size_t most) = 0;
};

}  // namespace gatehouse::attempts
