// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "net/event_loop.h"

namespace gatehouse::http::internal {

/// A client's connection as its server sees it, whatever version it speaks.
class Connection : public net::IoHandler {
  public:
    /// Goes on with what arrived or was written meanwhile; at the end of a turn only.
    virtual void advance() = 0;
    virtual void check_deadlines(SteadyTime now) = 0;
    /// The server stops: idle connections go, others after their responses.
    virtual void drain() = 0;
    /// Open exchanges hear on_closed.
    virtual void kill() = 0;

    std::size_t index = 0;  ///< in the server's list
    bool queued = false;    ///< for `advance` at the end of the turn
};

}  // namespace gatehouse::http::internal
