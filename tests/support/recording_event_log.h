// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <mutex>
#include <string_view>
#include <vector>

#include "audit/event_log.h"

namespace gatehouse::test {

/// Keeps events for assertions; `broken` makes every record fail. Thread-safe.
class RecordingEventLog final : public audit::EventLog {
  public:
    Result<void> record(const audit::Event& event) override {
        const std::lock_guard lock(mutex_);
        if (broken) {
            return fail(ErrorCode::kUnavailable, "journal unavailable");
        }
        events.push_back(event);
        return {};
    }

    [[nodiscard]] bool has(std::string_view name) const {
        const std::lock_guard lock(mutex_);
        return std::ranges::any_of(events, [&](const auto& e) { return e.name == name; });
    }

    bool broken = false;
    std::vector<audit::Event> events;

  private:
    mutable std::mutex mutex_;
};

}  // namespace gatehouse::test
