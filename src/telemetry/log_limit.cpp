// SPDX-License-Identifier: Apache-2.0
#include "telemetry/log_limit.h"

#include <utility>

namespace gatehouse::telemetry {

std::optional<std::uint64_t> LogLimit::take(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (written_at_ && now - *written_at_ < every_) {
        ++left_out_;
        return std::nullopt;
    }
    written_at_ = now;
    return std::exchange(left_out_, 0);
}

}  // namespace gatehouse::telemetry
