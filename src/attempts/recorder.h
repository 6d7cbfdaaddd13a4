// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attempts/attempt.h"
#include "attempts/attempt_store.h"
#include "attempts/observation.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace gatehouse::attempts {

/// A request at an MCP endpoint that was answered with 401.
struct TurnedAway {
    Timestamp time;
    std::string server, method, path, ip, user_agent, reason;
    std::string token_key;  ///< key_of("token", …) of what was presented; empty: nothing was
};

/// Puts what clients do into stories. Bounded: the oldest story goes when there are too many.
/// Thread-safe; only `load` and `save` block on the store.
class Recorder {
  public:
    static constexpr std::size_t kMaxInMemory = 500;
    static constexpr std::size_t kMaxStored = 2000;

    /// Both must outlive it.
    Recorder(AttemptStore& store, const Clock& clock, ServerOf server_of)
        : store_(store), clock_(clock), server_of_(std::move(server_of)) {}

    void note_exchange(const http::Request& request, const http::Response& response);
    void note_turned_away(const TurnedAway& turned);
    /// A recorded call of that connection.
    void note_call(std::string_view connection,
                   Timestamp time,
                   std::string_view method,
                   std::string_view user_agent);

    /// What an earlier process left.
    [[nodiscard]] Result<void> load();
    /// What changed since the last time.
    [[nodiscard]] Result<void> save();

    /// The newest first; of other replicas, too, as far as they have saved them.
    [[nodiscard]] Result<std::vector<Attempt>> list();

  private:
    struct Story {
        Attempt attempt;
        std::vector<std::string> keys;
        bool changed = false;
    };

    void note(Observation seen);
    [[nodiscard]] Story* find(const Observation& seen);
    [[nodiscard]] Story* find_waiting(const Observation& seen);
    [[nodiscard]] Story& begin(Timestamp now);
    void add(Story& story, Observation seen);
    void learn(Story& story, std::string key);
    void drop_oldest();

    AttemptStore& store_;
    const Clock& clock_;
    const ServerOf server_of_;
    std::mutex mutex_;  // guards the members below
    std::map<std::string, Story> stories_;
    std::unordered_map<std::string, std::string> by_key_;  ///< to story ids
    std::set<std::string, std::less<>> uncalled_;          ///< connection keys without a call yet
    std::uint64_t count_ = 0;
};

}  // namespace gatehouse::attempts
