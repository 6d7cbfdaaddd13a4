// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace gatehouse {

/// Wall-clock instants, milliseconds since the Unix epoch, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
/// Instants for deadlines; never go back.
using SteadyTime = std::chrono::steady_clock::time_point;

/// The only way to learn the time, so that tests can set it. Implementations are thread-safe.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    Clock(Clock&&) = delete;
    Clock& operator=(Clock&&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual Timestamp now() const = 0;
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    [[nodiscard]] SteadyTime steady_now() const override {
        return std::chrono::steady_clock::now();
    }
};

[[nodiscard]] inline std::int64_t to_unix_seconds(Timestamp t) {
    return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

[[nodiscard]] inline std::int64_t to_unix_millis(Timestamp t) {
    return t.time_since_epoch().count();
}

[[nodiscard]] inline Timestamp from_unix_millis(std::int64_t ms) {
    return Timestamp{std::chrono::milliseconds{ms}};
}

}  // namespace gatehouse
