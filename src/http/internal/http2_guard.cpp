// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http2_guard.h"

#include <algorithm>
#include <chrono>

namespace gatehouse::http::internal {

namespace {

/// A client may answer a DATA frame with a window update for the stream and one for the connection.
constexpr std::uint32_t kControlsPerData = 2;
/// Opening a window, a priority, a ping.
constexpr std::uint32_t kControlsPerStream = 4;

std::uint32_t filled_up(std::uint32_t level, std::uint64_t more, std::uint32_t limit) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(level + more, limit));
}

}  // namespace

bool Http2Guard::bear(Nuisance nuisance, SteadyTime now) {
    refill(now);
    auto& left = nuisance == Nuisance::kReset ? resets_ : controls_;
    if (left == 0) {
        return false;
    }
    --left;
    return true;
}

void Http2Guard::stream_completed() {
    resets_ = filled_up(resets_, 1, kResets);
    controls_ = filled_up(controls_, kControlsPerStream, kControls);
}

void Http2Guard::data_sent(std::size_t size) {
    // A peer that opens its window byte by byte gets no credit for it.
    constexpr std::size_t kWorthwhile = 16;
    if (size < kWorthwhile) {
        return;
    }
    controls_ = filled_up(controls_, kControlsPerData, kControls);
}

void Http2Guard::refill(SteadyTime now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now - filled_);
    if (seconds.count() <= 0) {
        return;
    }
    filled_ += seconds;
    const auto count = static_cast<std::uint64_t>(seconds.count());
    resets_ = filled_up(resets_, count * kResetsPerSecond, kResets);
    controls_ = filled_up(controls_, count * kControlsPerSecond, kControls);
}

}  // namespace gatehouse::http::internal
