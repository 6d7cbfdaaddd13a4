// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "storage/database.h"

namespace gatehouse::app {

/// The machine's clock, corrected by what the store says the time is: replicas agree on when a
/// lease, a window or a code ends, though their machines do not.
class StoreClock final : public Clock {
  public:
    explicit StoreClock(const Clock& machine) : machine_(machine) {}

    [[nodiscard]] Timestamp now() const override;

    [[nodiscard]] SteadyTime steady_now() const override { return machine_.steady_now(); }

    /// Asks the store once. An answer that was long in coming, or none, changes nothing.
    void follow(storage::Database& database);

    [[nodiscard]] std::chrono::milliseconds offset() const {
        return std::chrono::milliseconds(offset_.load(std::memory_order_relaxed));
    }

  private:
    const Clock& machine_;
    std::atomic<std::int64_t> offset_{0};
};

}  // namespace gatehouse::app
