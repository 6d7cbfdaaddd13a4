// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/units.h"

namespace gatehouse::policy {
namespace {

using catalog::ArgumentTest;
using catalog::ArgumentValue;
using catalog::PolicyEffect;
using catalog::PolicyMatch;
using catalog::PolicyRule;
using Texts = std::vector<std::string>;

constexpr std::size_t kMaxShown = 200;

std::string shown(const ArgumentValue& value) {
    switch (value.kind) {
        case ArgumentValue::Kind::kNull:
            return "null";
        case ArgumentValue::Kind::kString:
            return '"' + value.text + '"';
        default:
            return value.text;
    }
}

std::string shown(const ArgumentTest& test) {
    static constexpr std::array<std::string_view, 9> kOps{"eq", "ne", "in",      "gt",    "ge",
                                                          "lt", "le", "matches", "exists"};
    std::string text(kOps.at(static_cast<std::size_t>(test.op)));
    for (std::size_t i = 0; i < test.values.size(); ++i) {
        text += (i == 0 ? " " : ", ") + shown(test.values[i]);
    }
    return text;
}

std::string shown(const Found& found) {
    switch (found.kind) {
        case Found::Kind::kAbsent:
            return "absent";
        case Found::Kind::kNull:
            return "null";
        case Found::Kind::kString:
            return '"' + found.text.substr(0, kMaxShown) + '"';
        case Found::Kind::kContainer:
            return "an object or a list";
        case Found::Kind::kUnclear:
            return "cannot be told";
        default:
            return found.text.substr(0, kMaxShown);
    }
}

Texts some(std::string_view text) {
    return text.empty() ? Texts{} : Texts{std::string(text)};
}

Texts shown_hint(const Inquiry& inquiry, std::string_view name) {
    const auto* const place = std::ranges::find(kHintNames, name);
    const auto* const source = inquiry.situation.hints;
    const auto hints = source == nullptr ? std::nullopt : source->find(inquiry.request.item);
    const auto hint = hints && place != kHintNames.end()
                          ? hints->at(static_cast<std::size_t>(place - kHintNames.begin()))
                          : std::nullopt;
    return {hint ? (*hint ? "true" : "false") : "unknown"};
}

/// A key alone, as the `when` of a rule of its own.
struct Key {
    KeyFinding finding;
    PolicyMatch alone;
};

/// What lists of names are held against.
struct ListKey {
    std::string_view name;
    Texts PolicyMatch::* list;
    Texts found;
};

std::vector<ListKey> list_keys(const Inquiry& inquiry) {
    const Caller& who = inquiry.who;
    const Request& request = inquiry.request;
    const auto item_of = [&](ItemKind kind) {
        return request.kind == kind ||
                       (request.kind == ItemKind::kUnclear && kind != ItemKind::kTool)
                   ? some(request.item)
                   : Texts{};
    };
    Texts person = some(who.id);
    if (!who.name.empty()) {
        person.emplace_back(who.name);
    }
    const auto tool = item_of(ItemKind::kTool);
    return {{"users", &PolicyMatch::users, std::move(person)},
            {"emails", &PolicyMatch::emails, some(who.email)},
            {"groups", &PolicyMatch::groups, {who.groups.begin(), who.groups.end()}},
            {"clients", &PolicyMatch::clients, some(who.client)},
            {"scopes", &PolicyMatch::scopes, {who.scopes.begin(), who.scopes.end()}},
            {"tools", &PolicyMatch::tools, tool},
            {"not_tools", &PolicyMatch::not_tools, tool},
            {"resources", &PolicyMatch::resources, item_of(ItemKind::kResource)},
            {"prompts", &PolicyMatch::prompts, item_of(ItemKind::kPrompt)},
            {"methods", &PolicyMatch::methods, some(request.method)},
            {"source_ips", &PolicyMatch::source_ips, some(inquiry.situation.source_ip)},
            {"hours", &PolicyMatch::hours, {format_time(inquiry.situation.now)}}};
}

/// Takes rules apart for one inquiry.
class Explainer {
  public:
    Explainer(const catalog::Server& server, const Inquiry& inquiry)
        : inquiry_(inquiry), lists_(list_keys(inquiry)) {
        server_.name = server.name;
        server_.scopes = server.scopes;
    }

    [[nodiscard]] RuleFinding take_apart(const PolicyRule& rule, bool is_for_all) {
        RuleFinding finding{.name = rule.name, .effect = rule.effect, .is_for_all = is_for_all};
        for (Key& key : keys_of(rule.when)) {
            key.finding.truth = truth_of(std::move(key.alone));
            finding.keys.push_back(std::move(key.finding));
        }
        return finding;
    }

    /// Of a rule that stands in `policy`.
    [[nodiscard]] Truth truth_in(const Policy& policy, std::size_t number) {
        const RuleBits caller = policy.match_caller(inquiry_.who);
        const Policy::Match match = policy.match_request(inquiry_.request);
        return policy.matches(number,
                              {.caller = caller,
                               .match = match,
                               .who = inquiry_.who,
                               .request = inquiry_.request,
                               .situation = inquiry_.situation},
                              reader_);
    }

  private:
    [[nodiscard]] std::vector<Key> keys_of(const PolicyMatch& when) {
        std::vector<Key> keys;
        for (const ListKey& list : lists_) {
            if (!(when.*list.list).empty()) {
                Key key{.finding = {.key = std::string(list.name),
                                    .wanted = when.*list.list,
                                    .found = list.found}};
                key.alone.*list.list = when.*list.list;
                keys.push_back(std::move(key));
            }
        }
        for (const auto& [name, wanted] : when.annotations) {
            Key key{.finding = {.key = "annotations " + name,
                                .wanted = {wanted ? "true" : "false"},
                                .found = shown_hint(inquiry_, name),
                                .is_hint = true}};
            key.alone.annotations = {{name, wanted}};
            keys.push_back(std::move(key));
        }
        for (const catalog::ArgumentCondition& condition : when.arguments) {
            Key key{.finding = {.key = "arguments " + condition.pointer,
                                .found = {shown(find(condition.pointer))}}};
            for (const ArgumentTest& test : condition.tests) {
                key.finding.wanted.push_back(shown(test));
            }
            key.alone.arguments = {condition};
            keys.push_back(std::move(key));
        }
        return keys;
    }

    [[nodiscard]] Found find(std::string_view pointer) {
        PointerTree tree;
        const auto number = tree.add(pointer);
        if (!number) {
            return {.kind = Found::Kind::kUnclear, .text = {}};
        }
        return inquiry_.request.odd_arguments
                   ? reader_.read_nothing(tree)[*number]
                   : reader_.read(tree, inquiry_.request.arguments)[*number];
    }

    /// By the same code that decides, so that both always agree.
    [[nodiscard]] Truth truth_of(PolicyMatch alone) {
        server_.policies = {{.name = "alone",
                             .effect = PolicyEffect::kDeny,
                             .scopes = {},
                             .message = {},
                             .when = std::move(alone)}};
        return truth_in(Policy(catalog::Catalog{}, server_), 0);
    }

    const Inquiry& inquiry_;
    std::vector<ListKey> lists_;
    catalog::Server server_;
    ArgumentReader reader_;
};

/// In the order of the rules, as Policy::decide goes through them.
class PartFinder {
  public:
    explicit PartFinder(const Decision& decision) : decision_(decision) {}

    [[nodiscard]] Part next(const RuleFinding& rule) {
        const bool allows = rule.effect == PolicyEffect::kAllow;
        if (is_over_) {
            return Part::kNotReached;
        }
        if (rule.truth == Truth::kNo || (allows && rule.truth == Truth::kUnclear)) {
            return Part::kNone;
        }
        const bool decides = rule.name == decision_.rule;
        switch (rule.effect) {
            case PolicyEffect::kShadowDeny:
                return Part::kShadow;
            case PolicyEffect::kRequireScope:
                has_asked_ = true;
                is_over_ = decides && decision_.effect == Effect::kDeny;
                return decides ? Part::kDecides : Part::kAsks;
            default:
                is_over_ = true;
                return has_asked_ ? Part::kEnds : Part::kDecides;
        }
    }

  private:
    const Decision& decision_;
    bool is_over_ = false, has_asked_ = false;
};

}  // namespace

std::string_view word(Part part) {
    switch (part) {
        case Part::kNone:
            return "none";
        case Part::kNotReached:
            return "not_reached";
        case Part::kShadow:
            return "shadow";
        case Part::kAsks:
            return "asks";
        case Part::kEnds:
            return "ends";
        case Part::kDecides:
            return "decides";
    }
    return "none";
}

std::string_view word(PolicyEffect effect) {
    switch (effect) {
        case PolicyEffect::kAllow:
            return "allow";
        case PolicyEffect::kDeny:
            return "deny";
        case PolicyEffect::kRequireScope:
            return "require_scope";
        case PolicyEffect::kShadowDeny:
            return "shadow_deny";
    }
    return "deny";
}

std::string_view word(Truth truth) {
    switch (truth) {
        case Truth::kNo:
            return "no";
        case Truth::kUnclear:
            return "undecided";
        case Truth::kYes:
            return "yes";
    }
    return "undecided";
}

Explanation explain(const catalog::Catalog& catalog,
                    const catalog::Server& server,
                    const Policy& policy,
                    const Inquiry& inquiry) {
    ArgumentReader reader;
    const RuleBits caller = policy.match_caller(inquiry.who);
    const Policy::Match match = policy.match_request(inquiry.request);
    Explanation explanation{.decision = policy.decide({.caller = caller,
                                                       .match = match,
                                                       .who = inquiry.who,
                                                       .request = inquiry.request,
                                                       .situation = inquiry.situation},
                                                      reader),
                            .rules = {}};
    Explainer explainer(server, inquiry);
    for (const auto* const rules : {&catalog.policies, &server.policies}) {
        for (const PolicyRule& rule : *rules) {
            explanation.rules.push_back(explainer.take_apart(rule, rules == &catalog.policies));
        }
    }
    PartFinder parts(explanation.decision);
    for (std::size_t i = 0; i < explanation.rules.size(); ++i) {
        RuleFinding& finding = explanation.rules[i];
        finding.truth = explainer.truth_in(policy, i);
        finding.part = parts.next(finding);
    }
    return explanation;
}

}  // namespace gatehouse::policy
