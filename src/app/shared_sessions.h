// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "proxy/ended_sessions.h"
#include "storage/sql_ended_session_store.h"

namespace gatehouse::app {

/// Keeps the ended sessions of this process and those of the other replicas the same, through the
/// store. One thread.
class SharedSessions {
  public:
    SharedSessions(proxy::EndedSessions& ended, storage::Database& database, const Clock& clock)
        : ended_(ended), store_(database), clock_(clock) {}

    /// Often: what clients ended here goes to the store; what cannot go waits.
    void hand_over();
    /// Once a second and after announcements: what they ended elsewhere; the first time, also what
    /// they ended before this process started.
    void read();
    /// Now and then: forgets what no client comes back with any more.
    void tidy();

  private:
    proxy::EndedSessions& ended_;
    storage::SqlEndedSessionStore store_;
    const Clock& clock_;
    std::vector<std::string> waiting_;
    Timestamp read_until_{};
};

}  // namespace gatehouse::app
