// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "grants/grant_store.h"

namespace gatehouse::grants {

/// What downstream servers are still to be told. Thread-safe; blocks: workers only.
class RevocationStore {
  public:
    RevocationStore() = default;
    RevocationStore(const RevocationStore&) = delete;
    RevocationStore& operator=(const RevocationStore&) = delete;
    RevocationStore(RevocationStore&&) = delete;
    RevocationStore& operator=(RevocationStore&&) = delete;
    virtual ~RevocationStore() = default;

    [[nodiscard]] virtual Result<void> insert(const Revocation& revocation) = 0;
    [[nodiscard]] virtual Result<std::vector<Revocation>> due(Timestamp now, std::size_t limit) = 0;
    /// One attempt more, and none before `next_at`. True for exactly one caller of those that saw
    /// the same number of attempts.
    [[nodiscard]] virtual Result<bool> postpone(std::string_view id,
                                                int attempts,
                                                Timestamp next_at) = 0;
    [[nodiscard]] virtual Result<void> remove(std::string_view id) = 0;
};

}  // namespace gatehouse::grants
