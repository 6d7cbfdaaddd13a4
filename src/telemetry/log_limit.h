// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace gatehouse::telemetry {

/// For a line that every request could cause: it is written once in a while, with the number of
/// times that it was not. Thread-safe.
class LogLimit {
  public:
    explicit LogLimit(std::chrono::seconds every) : every_(every) {}

    /// How many lines were left out since the last one, if one may be written now.
    [[nodiscard]] std::optional<std::uint64_t> take(SteadyTime now);

  private:
    const std::chrono::seconds every_;
    std::mutex mutex_;  // guards the members below
    std::optional<SteadyTime> written_at_;
    std::uint64_t left_out_ = 0;
};

}  // namespace gatehouse::telemetry
