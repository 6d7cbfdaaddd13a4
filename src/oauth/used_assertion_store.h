// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oauth {

/// Assertions that were used, by digest, until they end: for all replicas (E06).
class UsedAssertionStore {
  public:
    UsedAssertionStore() = default;
    UsedAssertionStore(const UsedAssertionStore&) = delete;
    UsedAssertionStore& operator=(const UsedAssertionStore&) = delete;
    UsedAssertionStore(UsedAssertionStore&&) = delete;
    UsedAssertionStore& operator=(UsedAssertionStore&&) = delete;
    virtual ~UsedAssertionStore() = default;

    /// False when it was used before. Forgets those that ended before `now`.
    [[nodiscard]] virtual Result<bool> use(std::string_view digest,
                                           Timestamp expires_at,
                                           Timestamp now) = 0;
};

}  // namespace gatehouse::oauth
