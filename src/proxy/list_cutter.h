// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "policy/event_filter.h"
#include "policy/list_filter.h"
#include "proxy/call_facts.h"
#include "proxy/lookups.h"

namespace gatehouse::proxy {

class Plane;

/// Cuts one answer to what its reader may see. Keeps the facts about the reader for as long as the
/// answer lasts; the rules are those of the moment.
class ListCutter {
  public:
    /// `learns`: what the runtime lists is told to the keeper of facts, before it is cut.
    ListCutter(Plane& plane, const CallFacts& facts, SharedUserFacts person, bool learns);

    /// `out` gets the new text with kChanged.
    [[nodiscard]] policy::Filtered cut(std::string_view json, Timestamp now, std::string& out);

    /// What of an event stream may go out now; valid until the next call. Nothing when an event is
    /// too long to be judged.
    [[nodiscard]] std::optional<std::string_view> cut_events(std::string_view bytes,
                                                             policy::EventFilter::Part part,
                                                             Timestamp now);

  private:
    Plane& plane_;
    std::shared_ptr<const RouteTable> routes_;
    std::string server_;
    SharedToken caller_;
    SharedUserFacts person_;
    bool learns_;
    policy::EventFilter events_;
    std::string out_;
};

}  // namespace gatehouse::proxy
