// SPDX-License-Identifier: Apache-2.0
#include "app/store_clock.h"

#include "telemetry/log.h"

namespace gatehouse::app {
namespace {

using std::chrono::milliseconds;

/// Half of the way there and back is how wrong an answer may be.
constexpr milliseconds kSlow{400};
/// What clocks of machines that are looked after differ by; following that would be restless.
constexpr milliseconds kSmall{100};
constexpr milliseconds kRemarkable{5000};

}  // namespace

Timestamp StoreClock::now() const {
    return machine_.now() + offset();
}

void StoreClock::follow(storage::Database& database) {
    const SteadyTime asked = machine_.steady_now();
    const auto told = database.time();
    const auto took = std::chrono::duration_cast<milliseconds>(machine_.steady_now() - asked);
    if (!told || !*told || took > kSlow) {
        return;
    }
    const milliseconds offset = **told - (machine_.now() - took / 2);
    if (std::chrono::abs(offset - this->offset()) < kSmall) {
        return;
    }
    offset_.store(offset.count(), std::memory_order_relaxed);
    if (std::chrono::abs(offset) >= kRemarkable) {
        telemetry::warn("app", "this machine's clock is {} ms off the store's, which counts",
                        -offset.count());
    }
}

}  // namespace gatehouse::app
