// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "grants/grant_broker.h"

namespace gatehouse::grants {

/// Tells the loops of this process which tokens they must forget at once (G23). Thread-safe.
class EndedGrantPublisher {
  public:
    /// Longer than any loop goes without asking again.
    static constexpr std::chrono::minutes kKept{2};
    static constexpr std::size_t kMost = 1000;

    explicit EndedGrantPublisher(const Clock& clock)
        : clock_(clock), live_(std::make_shared<const EndedGrants>()) {}

    /// Tokens of `version` and before are over.
    void publish(std::string_view user_id, std::string_view server, std::uint64_t version);

    [[nodiscard]] const LiveEndedGrants& live() const { return live_; }

  private:
    struct Entry {
        SteadyTime at;
        std::string user_id, server;
        std::uint64_t version = 0;
    };

    const Clock& clock_;
    std::mutex mutex_;  // guards entries_ and the order of what is published
    std::deque<Entry> entries_;
    LiveEndedGrants live_;
};

}  // namespace gatehouse::grants
