// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "http/dispatch.h"
#include "http/exchange.h"
#include "http/router.h"
#include "net/event_loop.h"
#include "net/worker_pool.h"

namespace gatehouse::http {

/// Streams of server-sent events from a synchronous handler, which is asked again and again: each
/// time for what came after the `Last-Event-ID` of its request, and says in the answer's header of
/// that name how far it has got. The first answer that is not 200 is the response, a later one ends
/// the stream; so whoever may no longer see is cut off. One per loop, on the loop's thread; `loop`,
/// `router` and `pool` must outlive it, and the loop must outlive the pool's threads.
class PolledStreams {
  public:
    PolledStreams(net::EventLoop& loop, const Router& router, net::WorkerPool& pool);
    PolledStreams(const PolledStreams&) = delete;
    PolledStreams& operator=(const PolledStreams&) = delete;
    PolledStreams(PolledStreams&&) = delete;
    PolledStreams& operator=(PolledStreams&&) = delete;
    /// Answers that come later are dropped.
    ~PolledStreams();

    /// To be called in on_request; takes over the exchange's callbacks. 503 above the bound.
    void begin(Exchange& exchange, RequestContext context);
    /// Ends every stream well; what has not begun is left to the server.
    void finish();

  private:
    struct Stream;
    struct Streams;

    const Router& router_;
    std::shared_ptr<Streams> streams_;
    std::uint64_t next_ = 1;
};

}  // namespace gatehouse::http
