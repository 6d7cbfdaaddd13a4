// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::catalog {

/// A span of the day on some days of the week: "Mon-Fri 08:00-18:00 UTC". Days may be left out
/// (every day), listed or ranged ("Mon,Wed", "Sat-Mon"); the zone may be left out (UTC) or be an
/// offset ("+02:00"). The end is not part of the span; an end before the start is on the next day.
class WeeklyHours {
  public:
    [[nodiscard]] static Result<WeeklyHours> parse(std::string_view text);

    [[nodiscard]] bool contains(Timestamp now) const;
    /// How long the span that `now` is in still lasts; zero outside.
    [[nodiscard]] std::chrono::seconds remaining(Timestamp now) const;

  private:
    std::array<bool, 7> days_{};  ///< from Monday
    std::chrono::minutes from_{0}, until_{0}, offset_{0};
};

}  // namespace gatehouse::catalog
