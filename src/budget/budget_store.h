// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::budget {

/// One count: of a budget (rule_id), for a key, in a window.
struct CountName {
    std::string budget, key;
    Timestamp window_start, window_end;
};

/// A lease that ends, and what was spent of it.
struct LeaseReturn {
    std::int64_t lease = 0, spent = 0;
};

struct LeaseRequest {
    std::string owner;
    std::int64_t lease = 0;  ///< of this owner; taken again: it grows
    CountName count;
    std::int64_t limit = 0;
    std::int64_t spent_beyond = 0;  ///< already used and not yet granted: granted whatever is left
    std::int64_t wanted = 0;
    std::optional<LeaseReturn> returned;  ///< in the same transaction
};

/// `granted`: of this lease by now; `used`: of the count, all leases included.
struct LeaseGrant {
    std::int64_t granted = 0, used = 0;
};

struct SlotRequest {
    std::string owner, budget, key;
    std::int64_t limit = 0, wanted = 0;  ///< `wanted`: in all
    Timestamp now, expires_at;
};

struct LeaseRow {
    std::int64_t lease = 0, amount = 0;
};

struct CountRow {
    CountName name;
    std::int64_t used = 0;
};

/// A quarter of what is left, so that other replicas find something; near the limit what is wanted.
[[nodiscard]] constexpr std::int64_t lease_size(std::int64_t left, std::int64_t wanted) {
    return std::clamp<std::int64_t>(std::max(wanted, left / 4), 0, std::max<std::int64_t>(left, 0));
}

/// Counts of budgets, and who holds how much of them. Thread-safe; calls block.
class BudgetStore {
  public:
    BudgetStore() = default;
    BudgetStore(const BudgetStore&) = delete;
    BudgetStore& operator=(const BudgetStore&) = delete;
    BudgetStore(BudgetStore&&) = delete;
    BudgetStore& operator=(BudgetStore&&) = delete;
    virtual ~BudgetStore() = default;

    /// Adds `spent_beyond` and `lease_size` of what is left to lease and count.
    [[nodiscard]] virtual Result<LeaseGrant> take(const LeaseRequest& request) = 0;
    /// What was not spent goes back to the counts; the leases are gone. Unknown ones are left out.
    [[nodiscard]] virtual Result<void> give_back(std::string_view owner,
                                                 std::span<const LeaseReturn> leases) = 0;
    /// Changes a count by `delta`, never below zero.
    [[nodiscard]] virtual Result<void> adjust(const CountName& count, std::int64_t delta) = 0;
    [[nodiscard]] virtual Result<std::vector<LeaseRow>> leases_of(std::string_view owner) = 0;

    /// Holds up to `wanted` slots beside what others hold and has not expired. `granted`: by now;
    /// `used`: by everybody.
    [[nodiscard]] virtual Result<LeaseGrant> take_slots(const SlotRequest& request) = 0;
    [[nodiscard]] virtual Result<void> renew_slots(std::string_view owner,
                                                   Timestamp expires_at) = 0;
    [[nodiscard]] virtual Result<void> drop_slots(std::string_view owner,
                                                  std::string_view budget,
                                                  std::string_view key) = 0;
    [[nodiscard]] virtual Result<void> drop_all_slots(std::string_view owner) = 0;

    /// True for the first to say so.
    [[nodiscard]] virtual Result<bool> mark_warned(const CountName& count) = 0;
    /// Counts whose window has not ended, and slots that have not expired as one count a key.
    [[nodiscard]] virtual Result<std::vector<CountRow>> list(Timestamp now) = 0;
    /// Removes counts and leases of windows that ended before.
    [[nodiscard]] virtual Result<void> remove_ended(Timestamp before) = 0;
};

}  // namespace gatehouse::budget
