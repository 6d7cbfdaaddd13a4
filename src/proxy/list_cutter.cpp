// SPDX-License-Identifier: Apache-2.0
#include "proxy/list_cutter.h"

#include <utility>

#include "proxy/plane.h"
#include "proxy/policy_view.h"

namespace gatehouse::proxy {
namespace {

/// Judges by the rules, and learns what the runtime says of its tools on the way.
class Reader final : public policy::ListJudge {
  public:
    explicit Reader(const PolicyView& view) : view_(view) {}

    [[nodiscard]] bool hides(policy::ItemKind kind,
                             std::string_view name,
                             const policy::Hints& hints) override {
        if (learns && kind == policy::ItemKind::kTool) {
            tools.insert_or_assign(std::string(name), hints);
        }
        return view_.hides(kind, name, hints);
    }

    bool learns = false;
    policy::HintLibrary::Tools tools;

  private:
    const PolicyView& view_;
};

}  // namespace

ListCutter::ListCutter(Plane& plane, const CallFacts& facts, SharedUserFacts person)
    : plane_(plane),
      routes_(facts.routes),
      server_(facts.route->server->name),
      caller_(facts.caller),
      person_(std::move(person)) {}

policy::Filtered ListCutter::cut(std::string_view json, Timestamp now, std::string& out) {
    auto routes = plane_.current_routes();
    const Route* route = routes->find_server(server_);
    if (route == nullptr) {
        // The server is gone, and the stream is about to end: the last rules hold until then.
        routes = routes_;
        route = routes->find_server(server_);
    }
    if (route->policy == nullptr) {
        return policy::Filtered::kUnchanged;
    }
    // A reload may have brought rules about people to a stream that began without any.
    if (person_ == nullptr && route->policy->needs_person()) {
        return policy::Filtered::kUnreadable;
    }
    const PolicyView view(plane_, *route,
                          {.routes = routes, .caller = caller_, .person = person_, .now = now});
    Reader reader(view);
    reader.learns = route->policy->uses_hints();
    const auto outcome = plane_.list_filter.filter(json, reader, out);
    if (!reader.tools.empty()) {
        plane_.parts.rules->hints.learn(server_, route->server->runtimes.front(),
                                        std::move(reader.tools));
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
