// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "grants/grant_broker.h"

namespace gatehouse::grants::internal {

/// Keeps calls away from a downstream server that has just failed (G19). Thread-safe.
class BackOff {
  public:
    explicit BackOff(const Clock& clock) : clock_(clock) {}

    struct Wait {
        GrantFailure failure = GrantFailure::kTransient;
        std::chrono::milliseconds remaining{0};
    };

    /// Nothing when calls may go out.
    [[nodiscard]] std::optional<Wait> active(const std::string& key) const {
        const std::lock_guard lock(mutex_);
        const auto it = entries_.find(key);
        const SteadyTime now = clock_.steady_now();
        if (it == entries_.end() || it->second.until <= now) {
            return std::nullopt;
        }
        return Wait{
            .failure = it->second.failure,
            .remaining = std::chrono::ceil<std::chrono::milliseconds>(it->second.until - now)};
    }

    /// Doubles from one second to one minute; at least what the server asked for, within reason.
    void failed(const std::string& key, GrantFailure failure, std::chrono::seconds retry_after) {
        constexpr std::chrono::seconds kLongest{60};
        const std::lock_guard lock(mutex_);
        Entry& entry = entries_[key];
        entry.failure = failure;
        entry.step = std::clamp(entry.step * 2, std::chrono::seconds{1}, kLongest);
        entry.until =
            clock_.steady_now() + std::clamp(retry_after, entry.step, std::chrono::seconds{300});
    }

    void succeeded(const std::string& key) {
        const std::lock_guard lock(mutex_);
        entries_.erase(key);
    }

  private:
    struct Entry {
        GrantFailure failure = GrantFailure::kTransient;
        std::chrono::seconds step{0};
        SteadyTime until;
    };

    const Clock& clock_;
    mutable std::mutex mutex_;  // guards entries_
    std::map<std::string, Entry> entries_;
};

}  // namespace gatehouse::grants::internal
