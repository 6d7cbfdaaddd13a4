// SPDX-License-Identifier: Apache-2.0
#include "proxy/plane.h"

#include <utility>

#include "proxy/call.h"
#include "telemetry/log.h"

namespace gatehouse::proxy {

Plane::Plane(Parts given)
    : parts(std::move(given)),
      tokens(parts.trust),
      lookups(parts),
      refusals(parts.journal),
      sessions(parts.sessions),
      identities(parts),
      purse(parts.budgets, parts.clock),
      tool_watch(parts),
      service_desk(parts),
      catalog_(parts.catalog),
      pauses_(parts.pauses),
      alive_(std::make_shared<Plane*>(this)) {
    if (parts.services != nullptr) {
        services_.emplace(*parts.services);
    }
}

Plane::~Plane() = default;

const std::shared_ptr<const RouteTable>& Plane::current_routes() {
    const catalog::Catalog& catalog = catalog_.get();
    if (routes_ == nullptr || &routes_->catalog() != &catalog) {
        routes_ = std::make_shared<const RouteTable>(
            catalog_.shared(), parts.rules->policies.of(catalog_.shared()), parts.listen_hosts);
    }
    return routes_;
}

std::shared_ptr<const catalog::PolicyService> Plane::service_of(const std::string& server) {
    if (!services_) {
        return nullptr;
    }
    const catalog::PolicyServices& services = services_->get();
    if (services.empty()) {
        return nullptr;
    }
    const auto own = services.find(server);
    const auto found = own == services.end() ? services.find("") : own;
    return found == services.end() ? nullptr : found->second;
}

Call& Plane::new_call() {
    if (depth_ == 0) {
        reap();
    }
    if (free_.empty()) {
        calls_.push_back(std::make_unique<Call>(*this));
        return *calls_.back();
    }
    Call& call = *free_.back();
    free_.pop_back();
    return call;
}

void Plane::retire(Call& call) {
    retired_.push_back(&call);
    if (depth_ == 0) {
        reap();
    } else if (!reap_posted_ && call.has_upstream()) {
        reap_posted_ = true;
        later([this] {
            reap_posted_ = false;
            reap();
        });
    }
}

std::function<void(std::function<void()>)> Plane::mailbox() const {
    return [post = parts.post, alive = std::weak_ptr<Plane*>(alive_)](std::function<void()> task) {
        post([alive, task = std::move(task)] {
            if (alive.lock() != nullptr) {
                task();
            }
        });
    };
}

void Plane::later(std::function<void()> task) {
    parts.post([alive = std::weak_ptr<Plane*>(alive_), task = std::move(task)] {
        if (alive.lock() != nullptr) {
            task();
        }
    });
}

void Plane::reap() {
    // What ends because of this is for the next time.
    if (!reaping_.empty()) {
        return;
    }
    std::swap(reaping_, retired_);
    for (Call* const call : reaping_) {
        call->reset();
        free_.push_back(call);
    }
    reaping_.clear();
}

void Plane::note_journal_trouble(const Error& error) {
    if (const auto left_out = journal_trouble_.take(parts.clock.steady_now())) {
        telemetry::error("proxy", "the journal refuses calls: {} ({} more since the last line)",
                         describe(error), *left_out);
    }
}

std::size_t Plane::open_calls() const {
    return calls_.size() - free_.size() - retired_.size();
}

void Plane::for_each_open(const std::function<void(Call&)>& visit) {
    // By index: a visit may start new calls.
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        if (calls_[i]->is_open()) {
            visit(*calls_[i]);
        }
    }
    if (depth_ == 0) {
        reap();
    }
}

}  // namespace gatehouse::proxy
