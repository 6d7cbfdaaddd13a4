// SPDX-License-Identifier: Apache-2.0
#include "proxy/list_cutter.h"

#include <optional>
#include <utility>

#include "proxy/plane.h"
#include "proxy/policy_view.h"

namespace gatehouse::proxy {
namespace {

/// Judges by the rules, and learns what the runtime says of its tools on the way.
class Reader final : public policy::ListJudge {
  public:
    /// `view` may be null: there are no rules.
    Reader(const PolicyView* view, ToolWatch& watch, const catalog::Server& server)
        : view_(view), watch_(watch), server_(server) {}

    [[nodiscard]] bool hides(policy::ItemKind kind,
                             std::string_view name,
                             const policy::Hints& hints) override {
        if (learns && kind == policy::ItemKind::kTool) {
            tools.insert_or_assign(std::string(name), hints);
        }
        return view_ != nullptr && view_->hides(kind, name, hints);
    }

    [[nodiscard]] bool hides_entry(policy::ItemKind kind,
                                   std::string_view name,
                                   std::string_view entry) override {
        const bool hidden =
            kind == policy::ItemKind::kTool && watch_.keeps_back(server_, name, entry);
        kept_back = kept_back || hidden;
        return hidden;
    }

    bool learns = false;
    bool kept_back = false;
    policy::HintLibrary::Tools tools;

  private:
    const PolicyView* view_;
    ToolWatch& watch_;
    const catalog::Server& server_;
};

}  // namespace

ListCutter::ListCutter(Plane& plane, const CallFacts& facts, SharedUserFacts person, bool learns)
    : plane_(plane),
      routes_(facts.routes),
      server_(facts.route->server->name),
      caller_(facts.caller),
      person_(std::move(person)),
      learns_(learns) {}

policy::Filtered ListCutter::cut(std::string_view json, Timestamp now, std::string& out) {
    auto routes = plane_.current_routes();
    const Route* route = routes->find_server(server_);
    if (route == nullptr) {
        // The server is gone, and the stream is about to end: the last rules hold until then.
        routes = routes_;
        route = routes->find_server(server_);
    }
    const catalog::Server& server = *route->server;
    // Without `personal_tokens` the stream of such a token is about to end, too.
    if (route->policy == nullptr && caller_->personal != nullptr) {
        return policy::Filtered::kUnreadable;
    }
    if (route->policy == nullptr && server.tool_changes != catalog::ToolChanges::kBlockNew) {
        return policy::Filtered::kUnchanged;
    }
    // A reload may have brought rules about people to a stream that began without any.
    if (person_ == nullptr && route->policy != nullptr && route->policy->needs_person()) {
        return policy::Filtered::kUnreadable;
    }
    std::optional<PolicyView> view;
    if (route->policy != nullptr) {
        view.emplace(
            plane_, *route,
            PolicyView::Facts{.routes = routes, .caller = caller_, .person = person_, .now = now});
    }
    Reader reader(view ? &*view : nullptr, plane_.tool_watch, server);
    reader.learns = route->policy != nullptr && route->policy->uses_hints();
    const auto outcome = plane_.list_filter.filter(json, reader, out);
    if (!reader.tools.empty()) {
        plane_.parts.rules->hints.learn(server_, route->server->runtimes.front(),
                                        std::move(reader.tools));
    }
    // What is kept back is shown to operators, so that they can approve it.
    if (learns_ ||
        (reader.kept_back && plane_.tool_watch.wants_list(server_, plane_.parts.clock.steady_now(),
                                                          ToolWatch::Found::kKeptBack))) {
        plane_.tool_watch.learn(server_, json);
    }
    return outcome;
}

std::optional<std::string_view> ListCutter::cut_events(std::string_view bytes,
                                                       policy::EventFilter::Part part,
                                                       Timestamp now) {
    out_.clear();
    const auto state = events_.pass(
        bytes, part,
        [&](std::string_view data, std::string& changed) { return cut(data, now, changed); }, out_);
    if (state == policy::EventFilter::State::kTooLong) {
        return std::nullopt;
    }
    return out_;
}

}  // namespace gatehouse::proxy
