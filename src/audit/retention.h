// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "audit/chain_store.h"
#include "audit/ingester.h"
#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::audit {

/// How long records are kept. Records of no server that is named here stay as long as the longest.
struct RetentionPlan {
    struct Rule {
        std::string server;
        std::chrono::hours keep{24 * 90};
    };

    std::vector<Rule> servers;
};

/// Removes records that are old enough (`audit.retain`). Each leaves its link in the chain, with a
/// proof that the gateway removed it, so that what stays can be verified; when nothing stands
/// before a point of this replica's chain any more, the chain begins there. Blocks on the store.
class Retention {
  public:
    /// All must outlive it.
    Retention(ChainStore& store, Ingester& ingester, const ChainSeal& seal, const Clock& clock)
        : store_(store), ingester_(ingester), seal_(seal), clock_(clock) {}

    /// At most so many records; how many went.
    [[nodiscard]] Result<std::size_t> run(const RetentionPlan& plan, std::size_t limit);

  private:
    [[nodiscard]] Result<std::size_t> retire(const ChainStore::RetireQuery& query);
    [[nodiscard]] Result<void> cut();

    ChainStore& store_;
    Ingester& ingester_;
    const ChainSeal& seal_;
    const Clock& clock_;
};

}  // namespace gatehouse::audit
