// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "base/clock.h"

namespace gatehouse::test {

/// Stands still until told to advance. Thread-safe.
class FakeClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override {
        const std::lock_guard lock(mutex_);
        return now_;
    }

    [[nodiscard]] SteadyTime steady_now() const override {
        const std::lock_guard lock(mutex_);
        return steady_;
    }

    void advance(std::chrono::milliseconds by) {
        const std::lock_guard lock(mutex_);
        now_ += by;
        steady_ += by;
    }

  private:
    mutable std::mutex mutex_;
    Timestamp now_{std::chrono::milliseconds{1'795'000'000'000}};  // 2026-11-18
    SteadyTime steady_{std::chrono::hours{1000}};
};

}  // namespace gatehouse::test
