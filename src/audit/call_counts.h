// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "audit/codec.h"
#include "telemetry/metrics.h"

namespace gatehouse::audit {

/// Counts calls and events for metrics as the journal is taken over, so that a call itself pays
/// nothing for it. Label values that clients can choose are bounded: what is beyond is counted
/// together. Thread-safe.
class CallCounts {
  public:
    static constexpr std::size_t kMaxTools = 100;   ///< of one server
    static constexpr std::size_t kMaxMethods = 40;  ///< of one server
    static constexpr std::size_t kMaxEvents = 200;
    static constexpr std::size_t kMaxOpen = 50'000;  ///< calls without their last outcome

    void add(const std::vector<Entry>& entries);
    void write(telemetry::MetricsText& page) const;

  private:
    struct OpenCall {
        std::string server, method, tool, effect;
        std::uint64_t bytes_in = 0;
    };

    struct Times {
        telemetry::Histogram total, runtime;
    };

    struct Traffic {
        std::uint64_t in = 0, out = 0;
        std::int64_t units = 0;
    };

    void open(const IntentEntry& intent);
    void conclude(const OutcomeEntry& outcome);
    void note_event(const EventEntry& event);
    void forget_oldest();

    mutable std::mutex mutex_;  // guards the members below
    std::unordered_map<std::uint64_t, OpenCall> open_;
    std::deque<std::uint64_t> order_;
    std::map<std::tuple<std::string, std::string, std::string, std::string>, std::uint64_t>
        calls_;  ///< by server, method, tool, outcome
    std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t>
        decisions_;                                               ///< by server, effect, reason
    std::map<std::pair<std::string, std::string>, Times> times_;  ///< by server and tool
    std::map<std::string, Traffic> traffic_;
    std::map<std::string, std::uint64_t> events_;
    std::map<std::pair<std::string, std::string>, std::uint64_t>
        refreshes_;  ///< of downstream grants, by server and outcome
    std::map<std::string, std::map<std::string, int>> tools_, methods_;  ///< known, by server
};

}  // namespace gatehouse::audit
