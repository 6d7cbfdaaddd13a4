// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace gatehouse::audit {

/// Keeps strangers from filling the disk with events that anybody can cause: so many a minute are
/// recorded, the rest are counted. Thread-safe.
class EventBudget {
  public:
    EventBudget(const Clock& clock, std::uint32_t per_minute)
        : clock_(clock), per_minute_(per_minute) {}

    /// Nothing when the event is only to be counted; otherwise how many were, since the last one
    /// that was recorded.
    [[nodiscard]] std::optional<std::uint64_t> take();

  private:
    const Clock& clock_;
    const std::uint32_t per_minute_;
    std::mutex mutex_;  // guards the members below
    SteadyTime minute_ends_{};
    std::uint32_t taken_ = 0;
    std::uint64_t left_out_ = 0;
};

}  // namespace gatehouse::audit
