// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "http/router.h"
#include "net/event_loop.h"
#include "net/worker_pool.h"

namespace gatehouse::http {

/// The pool of each WorkClass; several may be the same.
struct WorkPools {
    net::WorkerPool& quick;
    net::WorkerPool& slow;
    net::WorkerPool& password;
};

/// What the caller knows about a request beyond its bytes.
struct RequestContext {
    std::string request_id;
    std::string origin;  ///< "scheme://host[:port]" of ours
};

/// The exchange's request with what the caller knows about it.
[[nodiscard]] Request to_request(const Exchange& exchange, RequestContext context);

/// Told of every exchange that a handler answered, on the worker, before the client sees it.
using ExchangeObserver = std::function<void(const Request&, const Response&)>;

/// The border between a loop and the control plane's synchronous handlers. One per loop, on the
/// loop's thread. `loop`, `router` and the pools must outlive it, and the loop must outlive the
/// pools' threads.
class ControlDispatcher {
  public:
    /// `observer` may be empty; it must be good for any thread.
    ControlDispatcher(net::EventLoop& loop,
                      const Router& router,
                      WorkPools pools,
                      ExchangeObserver observer = nullptr);
    ControlDispatcher(const ControlDispatcher&) = delete;
    ControlDispatcher& operator=(const ControlDispatcher&) = delete;
    ControlDispatcher(ControlDispatcher&&) = delete;
    ControlDispatcher& operator=(ControlDispatcher&&) = delete;
    /// Answers that come later are dropped.
    ~ControlDispatcher();

    [[nodiscard]] bool knows(std::string_view path) const;

    /// To be called in on_request; takes over the exchange's callbacks and answers it exactly once:
    /// with the handler's response, 404, 405 with Allow, 503 with Retry-After when the pool's queue
    /// is full, or 500 when the handler throws. A handler runs to its end even if the client
    /// leaves. Every answer carries X-Request-Id.
    void dispatch(Exchange& exchange, RequestContext context);

  private:
    struct Pending;

    [[nodiscard]] net::WorkerPool& pool_of(WorkClass work) const;

    net::EventLoop& loop_;
    const Router& router_;
    WorkPools pools_;
    std::shared_ptr<const ExchangeObserver> observer_;  ///< tasks may outlive us
    std::shared_ptr<Pending> pending_;
    std::uint64_t next_ = 1;
};

}  // namespace gatehouse::http
