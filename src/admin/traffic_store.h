// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::admin {

/// The upper ends of what durations are counted by; one more class is for what took longer.
inline constexpr std::int64_t kDurationEnds[] = {1,   2,   5,    10,   20,   50,    100,
                                                 200, 500, 1000, 2000, 5000, 10'000};

/// Calls of one step of time.
struct TrafficBucket {
    std::int64_t step = 0;  ///< since the start of the window, from 0
    std::int64_t calls = 0, errors = 0, refused = 0;
    std::vector<std::int64_t> durations;  ///< calls per class of kDurationEnds, milliseconds
};

struct TrafficWindow {
    Timestamp since;
    std::chrono::milliseconds step;
    std::int64_t most = 0;  ///< of the newest calls at most so many are counted
};

/// Thread-safe; calls block.
class TrafficStore {
  public:
    TrafficStore() = default;
    TrafficStore(const TrafficStore&) = delete;
    TrafficStore& operator=(const TrafficStore&) = delete;
    TrafficStore(TrafficStore&&) = delete;
    TrafficStore& operator=(TrafficStore&&) = delete;
    virtual ~TrafficStore() = default;

    /// Steps without a call are left out; the others come in order.
    [[nodiscard]] virtual Result<std::vector<TrafficBucket>> count(const TrafficWindow& window) = 0;
};

}  // namespace gatehouse::admin
