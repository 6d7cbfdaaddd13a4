// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace gatehouse::identity {

struct ThrottleSettings {
    unsigned free_failures = 5;               ///< that many cost nothing
    std::chrono::milliseconds first{1'000};   ///< the wait after one more; doubles each time
    std::chrono::milliseconds most{300'000};  ///< and ends here
    std::size_t max_keys = 20'000;            ///< the longest idle ones are forgotten beyond it
};

/// Growing waits after failed guesses, per key (an account, an address). In memory, bounded,
/// thread-safe. A key that stays quiet for the longest wait starts afresh.
class AttemptThrottle {
  public:
    AttemptThrottle(const Clock& clock, ThrottleSettings settings)
        : clock_(clock), settings_(settings) {}

    /// How long this key has to wait before another attempt counts; zero: go ahead.
    [[nodiscard]] std::chrono::milliseconds wait(std::string_view key);
    void failed(std::string_view key);
    void succeeded(std::string_view key);

  private:
    struct Entry {
        unsigned failures = 0;
        SteadyTime blocked_until, last_failure;
    };

    void forget_old(SteadyTime now);

    const Clock& clock_;
    ThrottleSettings settings_;
    std::mutex mutex_;  // guards entries_
    std::unordered_map<std::string, Entry> entries_;
};

/// The part of an address that one guesser controls: all of IPv4, the first /64 of IPv6.
[[nodiscard]] std::string throttle_source(std::string_view ip);

}  // namespace gatehouse::identity
