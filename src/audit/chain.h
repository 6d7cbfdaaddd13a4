// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "audit/chain_store.h"
#include "base/secret.h"

namespace gatehouse::audit {

/// Proves that a gateway wrote something beside the chain: where it stands, and what retention
/// removed. The key is the same on all replicas and outlives rotations of the master key.
/// Thread-safe.
class ChainSeal {
  public:
    explicit ChainSeal(Secret key) : key_(std::move(key)) {}

    [[nodiscard]] std::string of_head(const ChainHead& head) const;
    [[nodiscard]] bool fits(const ChainHead& head) const;
    [[nodiscard]] std::string of_retired(std::string_view replica, const Link& link) const;
    [[nodiscard]] bool fits_retired(std::string_view replica,
                                    const Link& link,
                                    std::string_view proof) const;

  private:
    Secret key_;
};

}  // namespace gatehouse::audit
