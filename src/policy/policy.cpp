// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include <algorithm>

#include "base/strings.h"

namespace gatehouse::policy {
namespace {

// Longer names are held against the caller instead of against the patterns.
constexpr std::size_t kMaxItem = 8U << 10U;

std::size_t count_rules(const catalog::Catalog& catalog, const catalog::Server& server) {
    return catalog.policies.size() + server.policies.size();
}

std::vector<std::string> lowered(const std::vector<std::string>& texts) {
    std::vector<std::string> lower(texts.size());
    std::ranges::transform(texts, lower.begin(), to_lower);
    return lower;
}

}  // namespace

Policy::Policy(const catalog::Catalog& catalog, const catalog::Server& server)
    : default_deny_(server.default_policy == catalog::DefaultPolicy::kDeny),
      users_(count_rules(catalog, server)),
      emails_(users_),
      groups_(users_),
      clients_(users_),
      scopes_(users_),
      methods_(users_),
      tools_(count_rules(catalog, server)),
      not_tools_(tools_),
      resources_(tools_),
      prompts_(tools_) {
    for (const auto* const rules : {&catalog.policies, &server.policies}) {
        for (const catalog::PolicyRule& rule : *rules) {
            add_rule(rule, server);
        }
    }
    const auto opens = [](const Rule& rule) {
        return rule.effect == PatternEffect::kAllow || rule.effect == PatternEffect::kRequireScope;
    };
    const auto closes = [](const Rule& rule) {
        return rule.effect == PatternEffect::kDeny && !rule.is_passing;
    };
    cuts_lists_ = default_deny_ || std::ranges::any_of(rules_, closes);
    hides_everything_ = default_deny_ && std::ranges::none_of(rules_, opens);
}

void Policy::add_rule(const catalog::PolicyRule& given, const catalog::Server& server) {
    const std::size_t number = rules_.size();
    const catalog::PolicyMatch& when = given.when;
    Rule rule{.name = given.name,
              .message = given.message,
              .effect = given.effect,
              .scopes = needs_of(given.scopes, server.scope_includes)};
    rule.scopes_exist = std::ranges::all_of(
        given.scopes, [&](const std::string& scope) { return contains(server.scopes, scope); });
    rule.names_item = !when.tools.empty() || !when.not_tools.empty() || !when.resources.empty() ||
                      !when.prompts.empty();
    rule.names_method = !when.methods.empty();
    users_.add(number, when.users);
    emails_.add(number, lowered(when.emails));
    groups_.add(number, when.groups);
    clients_.add(number, when.clients);
    scopes_.add(number, when.scopes);
    tools_.add(number, when.tools);
    not_tools_.add(number, when.not_tools);
    resources_.add(number, when.resources);
    prompts_.add(number, when.prompts);
    methods_.add(number, when.methods);
    needs_person_ =
        needs_person_ || !when.users.empty() || !when.emails.empty() || !when.groups.empty();
    add_passing_conditions(when, rule);
    for (const auto& [name, wanted] : when.annotations) {
        const auto place = std::ranges::find(kHintNames, name);
        if (place == kHintNames.end()) {
            rule.is_broken = true;
        } else {
            rule.hints.emplace_back(static_cast<Hint>(place - kHintNames.begin()), wanted);
        }
        uses_hints_ = true;
    }
    rules_.push_back(std::move(rule));
}

std::vector<Policy::NeededScope> Policy::needs_of(const std::vector<std::string>& scopes,
                                                  const catalog::ScopeIncludes& includes) {
    std::vector<NeededScope> needs;
    for (const std::string& scope : scopes) {
        // What includes a wider one includes this one too.
        std::vector<std::string> wide{scope};
        for (std::size_t i = 0; i < wide.size(); ++i) {
            for (const auto& [wider, narrower] : includes) {
                if (contains(narrower, wide[i]) && !contains(wide, wider)) {
                    wide.push_back(wider);
                }
            }
        }
        wide.erase(wide.begin());
        needs.push_back({.name = scope, .wider = std::move(wide)});
    }
    return needs;
}

void Policy::add_passing_conditions(const catalog::PolicyMatch& when, Rule& rule) {
    rule.is_passing = !when.arguments.empty() || !when.source_ips.empty() || !when.hours.empty();
    for (const catalog::ArgumentCondition& condition : when.arguments) {
        const auto pointer = pointers_.add(condition.pointer);
        rule.is_broken = rule.is_broken || !pointer;
        if (pointer) {
            rule.arguments.emplace_back(*pointer, ArgumentTests(condition.tests));
        }
    }
    for (const std::string& text : when.source_ips) {
        const auto block = AddressBlock::parse(text);
        rule.is_broken = rule.is_broken || !block;
        if (block) {
            rule.source_ips.push_back(*block);
        }
    }
    for (const std::string& text : when.hours) {
        const auto hours = catalog::WeeklyHours::parse(text);
        rule.is_broken = rule.is_broken || !hours;
        if (hours) {
            rule.hours.push_back(*hours);
        }
    }
}

RuleBits Policy::match_caller(const Caller& caller) const {
    RuleBits all;
    all.fill(rules_.size());
    const auto narrow = [&](const RuleIndex& index, const auto& collect) {
        RuleBits matching(rules_.size());
        collect(matching);
        RuleBits unmatched = index.with_key();
        unmatched -= matching;
        all -= unmatched;
    };
    narrow(users_, [&](RuleBits& out) {
        users_.collect(caller.id, out);
        if (!caller.name.empty()) {
            users_.collect(caller.name, out);
        }
    });
    narrow(emails_, [&](RuleBits& out) {
        if (!caller.email.empty()) {
            emails_.collect(to_lower(caller.email), out);
        }
    });
    narrow(groups_, [&](RuleBits& out) {
        for (const std::string& group : caller.groups) {
            groups_.collect(group, out);
        }
    });
    narrow(clients_, [&](RuleBits& out) { clients_.collect(caller.client, out); });
    narrow(scopes_, [&](RuleBits& out) {
        for (const std::string& scope : caller.scopes) {
            scopes_.collect(scope, out);
        }
    });
    return all;
}

RuleBits Policy::with_item_keys() const {
    RuleBits bits = tools_.with_key();
    bits |= not_tools_.with_key();
    bits |= resources_.with_key();
    bits |= prompts_.with_key();
    return bits;
}

Policy::Match Policy::match_request(const Request& request) const {
    Match match{.possible = RuleBits(rules_.size()), .unclear = RuleBits(rules_.size())};
    match.possible.fill(rules_.size());
    RuleBits methods(rules_.size());
    methods_.collect(request.method, methods);
    if (is_open_method(request.method)) {
        match.possible &= methods;
        match.possible -= with_item_keys();
        return match;
    }
    RuleBits others = methods_.with_key();
    others -= methods;
    match.possible -= others;
    match_item(request, match);
    return match;
}

void Policy::match_item(const Request& request, Match& match) const {
    const bool too_long = request.item.size() > kMaxItem;
    const auto narrow = [&](const NameIndex& index, bool is_kind, bool unclear, Truth wanted) {
        if (unclear) {
            match.unclear |= index.with_key();
            return;
        }
        RuleBits matching(rules_.size());
        RuleBits alike(rules_.size());
        if (is_kind) {
            index.collect(request.item, matching);
            index.collect_alike(request.item, alike);
            alike -= matching;
            match.unclear |= alike;
        }
        RuleBits failing = index.with_key();
        if (wanted == Truth::kYes) {
            failing -= matching;
            failing -= alike;
        } else if (is_kind) {
            failing &= matching;
        }
        match.possible -= failing;
    };
    const bool tool = request.kind == ItemKind::kTool;
    const bool open = request.kind == ItemKind::kUnclear;
    narrow(tools_, tool, tool && too_long, Truth::kYes);
    narrow(not_tools_, tool, tool && too_long, Truth::kNo);
    const bool resource = request.kind == ItemKind::kResource;
    narrow(resources_, resource, open || (resource && too_long), Truth::kYes);
    const bool prompt = request.kind == ItemKind::kPrompt;
    narrow(prompts_, prompt, open || (prompt && too_long), Truth::kYes);
    match.unclear &= match.possible;
}

}  // namespace gatehouse::policy
