// SPDX-License-Identifier: Apache-2.0
#include "app/shared_sessions.h"

#include <algorithm>
#include <iterator>

#include "telemetry/log.h"

namespace gatehouse::app {
namespace {

/// As long as a session id may be presented.
constexpr std::chrono::hours kKeep{24 * 7};
/// A transaction is seen later than the time that it wrote.
constexpr std::chrono::seconds kOverlap{10};
constexpr std::size_t kMost = 20'000;

}  // namespace

void SharedSessions::hand_over() {
    auto taken = ended_.take_new();
    waiting_.insert(waiting_.end(), std::make_move_iterator(taken.begin()),
                    std::make_move_iterator(taken.end()));
    if (waiting_.size() > kMost) {
        waiting_.erase(waiting_.begin(), waiting_.end() - static_cast<std::ptrdiff_t>(kMost));
    }
    if (!waiting_.empty() && store_.add(waiting_, clock_.now())) {
        waiting_.clear();
    }
}

void SharedSessions::read() {
    const Timestamp now = clock_.now();
    const Timestamp since = std::max(read_until_ - kOverlap, now - kKeep);
    const auto sealed = store_.ended_since(since, kMost);
    if (!sealed) {
        telemetry::warn("app", "ended sessions could not be read: {}", describe(sealed.error()));
        return;
    }
    for (const std::string& id : *sealed) {
        ended_.note(id);
    }
    read_until_ = now;
}

void SharedSessions::tidy() {
    if (auto removed = store_.remove_before(clock_.now() - kKeep); !removed) {
        telemetry::warn("app", "ended sessions could not be removed: {}",
                        describe(removed.error()));
    }
}

}  // namespace gatehouse::app
