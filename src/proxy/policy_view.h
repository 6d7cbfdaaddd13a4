// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/evaluator.h"
#include "proxy/lookups.h"
#include "proxy/route_table.h"
#include "proxy/token_cache.h"

namespace gatehouse::proxy {

class Plane;

/// One caller's view of a server with a policy, during one event of the loop.
class PolicyView {
  public:
    struct Facts {
        std::shared_ptr<const RouteTable> routes;
        SharedToken caller;
        SharedUserFacts person;  ///< null: nothing is known
        std::string_view source_ip;
        Timestamp now;
    };

    PolicyView(Plane& plane, const Route& route, Facts facts);
    PolicyView(const PolicyView&) = delete;
    PolicyView& operator=(const PolicyView&) = delete;
    PolicyView(PolicyView&&) = delete;
    PolicyView& operator=(PolicyView&&) = delete;
    ~PolicyView() = default;

    [[nodiscard]] policy::Decision decide(const policy::Request& request) const;
    /// Of a listed item, with what its own entry says of it.
    [[nodiscard]] bool hides(policy::ItemKind kind,
                             std::string_view name,
                             const policy::Hints& hints) const;

  private:
    [[nodiscard]] std::optional<policy::Decision> refused_by_token(
        const policy::Request& request) const;
    [[nodiscard]] policy::Evaluator::View enter(const policy::Situation& situation) const;

    Plane& plane_;
    const Route& route_;
    Facts facts_;
    policy::Caller who_;
};

}  // namespace gatehouse::proxy
