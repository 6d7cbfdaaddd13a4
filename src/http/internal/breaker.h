// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "base/clock.h"

namespace gatehouse::http::internal {

struct BreakerOptions {
    unsigned failures = 3;  ///< in a row, until it opens
    std::chrono::milliseconds first_pause{500};
    std::chrono::milliseconds longest_pause{10'000};
};

/// Whether it is worth trying to connect to a replica. Failures in a row open it for a time that
/// doubles up to a bound; then a single probe decides. The times are spread by a quarter up and
/// down, so that loops and gateways do not come back together.
class Breaker {
  public:
    enum class Try : std::uint8_t { kUsual, kProbe };

    Breaker(BreakerOptions options, std::uint32_t seed) : options_(options), random_(seed) {}

    [[nodiscard]] bool admits(SteadyTime now) const {
        return !open_ || (!probing_ && now >= open_until_);
    }

    /// Only where it admits. Every attempt ends in one of the three calls below.
    [[nodiscard]] Try begin();
    void succeeded();
    void failed(Try which, SteadyTime now);
    /// It ended for a reason that says nothing of the replica.
    void abandoned(Try which);

  private:
    void open(SteadyTime now);

    const BreakerOptions options_;
    std::minstd_rand random_;
    SteadyTime open_until_{};
    std::chrono::milliseconds pause_{0};
    unsigned failures_ = 0;
    bool open_ = false, probing_ = false;
};

}  // namespace gatehouse::http::internal
