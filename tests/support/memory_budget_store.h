// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "budget/budget_store.h"
#include "budget/pause_store.h"

namespace gatehouse::test {

/// Counts of one process in memory. Thread-safe.
class MemoryBudgetStore final : public budget::BudgetStore {
  public:
    Result<budget::LeaseGrant> take(const budget::LeaseRequest& request) override {
        const std::lock_guard lock(mutex_);
        if (broken) {
            return fail(ErrorCode::kUnavailable, "store down");
        }
        const budget::CountName& name = request.count;
        auto& used = used_[{name.budget, name.key, name.window_start}];
        used += request.spent_beyond;
        const auto more = budget::lease_size(request.limit - used, request.wanted);
        used += more;
        auto& lease = leases_[request.lease];
        lease += more + request.spent_beyond;
        return budget::LeaseGrant{.granted = lease, .used = used};
    }

    Result<void> give_back(std::string_view, std::span<const budget::LeaseReturn>) override {
        return {};
    }

    Result<void> adjust(const budget::CountName&, std::int64_t) override { return {}; }

    Result<std::vector<budget::LeaseRow>> leases_of(std::string_view) override {
        return std::vector<budget::LeaseRow>();
    }

    Result<budget::LeaseGrant> take_slots(const budget::SlotRequest& request) override {
        const auto mine = std::min(request.wanted, request.limit);
        return budget::LeaseGrant{.granted = mine, .used = mine};
    }

    Result<void> renew_slots(std::string_view, Timestamp) override { return {}; }

    Result<void> drop_slots(std::string_view, std::string_view, std::string_view) override {
        return {};
    }

    Result<void> drop_all_slots(std::string_view) override { return {}; }

    Result<bool> mark_warned(const budget::CountName&) override { return true; }

    Result<std::vector<budget::CountRow>> list(Timestamp) override {
        const std::lock_guard lock(mutex_);
        std::vector<budget::CountRow> rows;
        for (const auto& [name, used] : used_) {
            rows.push_back({.name = {.budget = std::get<0>(name),
                                     .key = std::get<1>(name),
                                     .window_start = std::get<2>(name),
                                     .window_end = Timestamp::max()},
                            .used = used});
        }
        return rows;
    }

    Result<void> remove_ended(Timestamp) override { return {}; }

    bool broken = false;

  private:
    std::mutex mutex_;
    std::map<std::tuple<std::string, std::string, Timestamp>, std::int64_t> used_;
    std::map<std::int64_t, std::int64_t> leases_;
};

}  // namespace gatehouse::test
