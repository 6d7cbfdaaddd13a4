// SPDX-License-Identifier: Apache-2.0
#include "proxy/policy_view.h"

#include <utility>

#include "proxy/plane.h"

namespace gatehouse::proxy {
namespace {

/// What an entry of a list says of itself.
class EntryHints final : public policy::HintSource {
  public:
    explicit EntryHints(const policy::Hints& hints) : hints_(hints) {}

    [[nodiscard]] std::optional<policy::Hints> find(std::string_view /*tool*/) const override {
        return hints_;
    }

  private:
    const policy::Hints& hints_;
};

}  // namespace

PolicyView::PolicyView(Plane& plane, const Route& route, Facts facts)
    : plane_(plane),
      route_(route),
      facts_(std::move(facts)),
      who_{.id = facts_.caller->subject,
           .client = facts_.caller->client_id,
           .scopes = facts_.caller->scopes} {
    if (facts_.person != nullptr) {
        who_.name = facts_.person->name;
        who_.email = facts_.person->email;
        who_.groups = facts_.person->groups;
    }
}

policy::Evaluator::View PolicyView::enter(const policy::Situation& situation) const {
    return plane_.evaluator.enter(facts_.routes->policies(), *route_.policy,
                                  {.token = facts_.caller, .person = facts_.person}, who_,
                                  situation);
}

policy::Decision PolicyView::decide(const policy::Request& request) const {
    policy::Situation situation{.source_ip = facts_.source_ip, .now = facts_.now};
    if (!route_.policy->uses_hints()) {
        return plane_.evaluator.decide(enter(situation), request);
    }
    const policy::KnownHints known(
        plane_.parts.rules->hints.of(route_.server->name, route_.server->runtimes.front()));
    situation.hints = &known;
    return plane_.evaluator.decide(enter(situation), request);
}

bool PolicyView::hides(policy::ItemKind kind,
                       std::string_view name,
                       const policy::Hints& hints) const {
    const EntryHints entry(hints);
    const policy::Situation situation{
        .source_ip = facts_.source_ip, .now = facts_.now, .hints = &entry};
    return plane_.evaluator.hides(enter(situation), kind, name);
}

}  // namespace gatehouse::proxy
