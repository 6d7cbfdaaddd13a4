// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "budget/purse.h"
#include "catalog/catalog.h"
#include "mcp/message.h"
#include "policy/evaluator.h"
#include "policy/list_filter.h"
#include "proxy/head_buffer.h"
#include "proxy/identity_fields.h"
#include "proxy/lookups.h"
#include "proxy/parts.h"
#include "proxy/refusal_log.h"
#include "proxy/route_table.h"
#include "proxy/service_desk.h"
#include "proxy/session_cache.h"
#include "proxy/token_cache.h"
#include "proxy/tool_watch.h"
#include "proxy/trace.h"
#include "telemetry/log_limit.h"

namespace gatehouse::proxy {

class Call;

/// What all calls of one loop share, and the calls themselves: they are pooled, and live as long as
/// the plane.
class Plane {
  public:
    explicit Plane(Parts given);
    Plane(const Plane&) = delete;
    Plane& operator=(const Plane&) = delete;
    Plane(Plane&&) = delete;
    Plane& operator=(Plane&&) = delete;
    ~Plane();

    /// The routes of the current catalog.
    [[nodiscard]] const std::shared_ptr<const RouteTable>& current_routes();

    [[nodiscard]] Call& new_call();
    /// The call ended. It is used again once none of the runtime's callbacks is on the stack.
    void retire(Call& call);
    [[nodiscard]] std::size_t open_calls() const;
    /// Ends or pokes each open call; `visit` may retire it.
    void for_each_open(const std::function<void(Call&)>& visit);

    /// Says so once in a while: every call could.
    void note_journal_trouble(const Error& error);

    /// What is paused now.
    [[nodiscard]] const budget::PauseSet& paused() { return pauses_.get(); }

    /// Who decides at that server besides the rules, or null.
    [[nodiscard]] std::shared_ptr<const catalog::PolicyService> service_of(
        const std::string& server);

    /// Hands a task to this loop from any thread, also after the plane is gone: then nothing runs.
    [[nodiscard]] std::function<void(std::function<void()>)> mailbox() const;

    /// Runs `task` in a later turn of the loop, unless the plane is gone by then.
    void later(std::function<void()> task);

    /// While one of these lives, a callback of some upstream call is on the stack: destroying that
    /// upstream call would pull the ground from under it.
    class InCallback {
      public:
        explicit InCallback(Plane& plane) : plane_(plane) { ++plane_.depth_; }

        InCallback(const InCallback&) = delete;
        InCallback& operator=(const InCallback&) = delete;
        InCallback(InCallback&&) = delete;
        InCallback& operator=(InCallback&&) = delete;

        ~InCallback() { --plane_.depth_; }

      private:
        Plane& plane_;
    };

    Parts parts;
    TokenCache tokens;
    Lookups lookups;
    RefusalLog refusals;
    SessionCache sessions;
    IdentityFields identities;
    IdSource ids;
    mcp::Classifier classifier;
    policy::Evaluator evaluator;
    policy::ListFilter list_filter;
    HeadBuffer upstream_head;  ///< scratch
    budget::Purse purse;
    ToolWatch tool_watch;
    ServiceDesk service_desk;
    std::size_t next_replica = 0;

  private:
    void reap();

    LiveReader<catalog::Catalog> catalog_;
    LiveReader<budget::PauseSet> pauses_;
    std::optional<LiveReader<catalog::PolicyServices>> services_;
    std::shared_ptr<const RouteTable> routes_;
    std::vector<std::unique_ptr<Call>> calls_;
    std::vector<Call*> free_, retired_, reaping_;
    std::size_t depth_ = 0;
    bool reap_posted_ = false;
    telemetry::LogLimit journal_trouble_{std::chrono::seconds{10}};
    std::shared_ptr<Plane*> alive_;
};

}  // namespace gatehouse::proxy
