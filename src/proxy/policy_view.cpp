// SPDX-License-Identifier: Apache-2.0
#include "proxy/policy_view.h"

#include <algorithm>
#include <utility>

#include "policy/glob.h"
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

constexpr std::string_view kTokenRule = "personal_token";
constexpr std::string_view kAccessRule = "access";

bool lists_tool(const std::vector<std::string>& tools, std::string_view name) {
    return tools.empty() || std::ranges::any_of(tools, [&](const std::string& tool) {
               return policy::Glob::is_glob(tool) ? policy::Glob(tool).matches(name) : tool == name;
           });
}

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

/// What a personal access token may not, whatever rules say. It lives long, so that who left the
/// `access` lists since it was made is found here.
std::optional<policy::Decision> PolicyView::refused_by_token(const policy::Request& request) const {
    const auto* const limits = facts_.caller->personal.get();
    if (limits == nullptr) {
        return std::nullopt;
    }
    const catalog::Access& access = route_.server->access;
    if (!access.everyone() &&
        (facts_.person == nullptr || !access.admits(facts_.person->email, facts_.person->groups))) {
        return policy::Decision{.effect = policy::Effect::kDeny,
                                .rule = kAccessRule,
                                .message = "This account may not use the server any more."};
    }
    if (request.kind == policy::ItemKind::kTool && !lists_tool(limits->tools, request.item)) {
        return policy::Decision{.effect = policy::Effect::kDeny,
                                .rule = kTokenRule,
                                .face = policy::Face::kUnknownItem};
    }
    return std::nullopt;
}

policy::Decision PolicyView::decide(const policy::Request& request) const {
    if (auto refused = refused_by_token(request)) {
        return *std::move(refused);
    }
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
    const auto* const limits = facts_.caller->personal.get();
    if (limits != nullptr && kind == policy::ItemKind::kTool && !lists_tool(limits->tools, name)) {
        return true;
    }
    const EntryHints entry(hints);
    const policy::Situation situation{
        .source_ip = facts_.source_ip, .now = facts_.now, .hints = &entry};
    return plane_.evaluator.hides(enter(situation), kind, name);
}

}  // namespace gatehouse::proxy
