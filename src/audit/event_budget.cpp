// SPDX-License-Identifier: Apache-2.0
#include "audit/event_budget.h"

#include <utility>

namespace gatehouse::audit {

std::optional<std::uint64_t> EventBudget::take() {
    const std::lock_guard lock(mutex_);
    const SteadyTime now = clock_.steady_now();
    if (now >= minute_ends_) {
        minute_ends_ = now + std::chrono::minutes(1);
        taken_ = 0;
    }
    if (taken_ == per_minute_) {
        ++left_out_;
        return std::nullopt;
    }
    ++taken_;
    return std::exchange(left_out_, 0);
}

}  // namespace gatehouse::audit
