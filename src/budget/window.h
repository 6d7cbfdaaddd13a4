// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "catalog/budget.h"

namespace gatehouse::budget {

/// From `start` until just before `end`.
struct WindowSpan {
    Timestamp start{}, end = Timestamp::max();

    [[nodiscard]] bool covers(Timestamp now) const { return start <= now && now < end; }

    [[nodiscard]] bool operator==(const WindowSpan&) const = default;
};

/// The window that `now` lies in; without one, all time.
[[nodiscard]] WindowSpan window_at(catalog::BudgetWindow window, Timestamp now);

}  // namespace gatehouse::budget
