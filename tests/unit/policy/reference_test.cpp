// SPDX-License-Identifier: Apache-2.0
#include "unit/policy/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "base/strings.h"
#include "catalog/weekly_hours.h"

namespace gatehouse::test {
namespace {

using catalog::ArgumentTest;
using catalog::ArgumentValue;
using catalog::PolicyEffect;
using catalog::PolicyMatch;
using catalog::PolicyRule;
using policy::ItemKind;

/// Yes, no, or nobody can say.
enum class Answer { kNo, kUnclear, kYes };

Answer all_of(const std::vector<Answer>& answers) {
    return answers.empty() ? Answer::kYes : *std::ranges::min_element(answers);
}

Answer yes_if(bool holds) {
    return holds ? Answer::kYes : Answer::kNo;
}

bool on_list(const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::any_of(patterns,
                               [&](const auto& pattern) { return reference_glob(pattern, text); });
}

bool any_on_list(const std::vector<std::string>& patterns, const std::vector<std::string>& texts) {
    return std::ranges::any_of(texts, [&](const auto& text) { return on_list(patterns, text); });
}

bool is_open(std::string_view method) {
    static const std::set<std::string, std::less<>> kOpen{
        "initialize", "ping",         "server/discover", "logging/setLevel",
        "tools/list", "prompts/list", "resources/list",  "resources/templates/list"};
    return method.starts_with("notifications/") || kOpen.contains(method);
}

Answer is_equal(const ArgumentValue& wanted, const ModelValue& found) {
    using Kind = ArgumentValue::Kind;
    using Found = ModelValue::Kind;
    const bool wanted_null = wanted.kind == Kind::kNull;
    const bool found_null = found.kind == Found::kNull;
    if (wanted_null || found_null) {
        return yes_if(wanted_null && found_null);
    }
    if (wanted.kind == Kind::kNumber && found.kind == Found::kNumber) {
        return yes_if(std::stod(wanted.text) == std::stod(found.text));
    }
    if ((wanted.kind == Kind::kString && found.kind == Found::kString) ||
        (wanted.kind == Kind::kBool && found.kind == Found::kBool)) {
        return yes_if(wanted.text == found.text);
    }
    return Answer::kUnclear;
}

Answer negate(Answer answer) {
    if (answer == Answer::kUnclear) {
        return answer;
    }
    return answer == Answer::kYes ? Answer::kNo : Answer::kYes;
}

Answer is_test_met(const ArgumentTest& test, const ModelValue* found) {
    using Op = ArgumentTest::Op;
    using Found = ModelValue::Kind;
    const ArgumentValue& wanted = test.values.front();
    switch (test.op) {
        case Op::kExists:
            return yes_if((found != nullptr) == (wanted.text == "true"));
        case Op::kNe:
            return found == nullptr ? Answer::kUnclear : negate(is_equal(wanted, *found));
        case Op::kEq:
        case Op::kIn: {
            Answer best = Answer::kNo;
            for (const ArgumentValue& value : test.values) {
                best = found == nullptr ? best : std::max(best, is_equal(value, *found));
            }
            return best;
        }
        default:
            break;
    }
    if (found == nullptr || found->kind == Found::kNull) {
        return Answer::kNo;
    }
    if (test.op == Op::kMatches) {
        // The test's only pattern is "^x".
        return found->kind == Found::kString ? yes_if(found->text.starts_with('x'))
                                             : Answer::kUnclear;
    }
    if (found->kind != Found::kNumber) {
        return Answer::kUnclear;
    }
    const double a = std::stod(found->text);
    const double b = std::stod(wanted.text);
    const bool met = (test.op == Op::kGt && a > b) || (test.op == Op::kGe && a >= b) ||
                     (test.op == Op::kLt && a < b) || (test.op == Op::kLe && a <= b);
    return yes_if(met);
}

/// Some runtimes unpack JSON in strings, so what is below one is not known.
bool is_below_a_string(const ModelRequest& request, std::string_view pointer) {
    return std::ranges::any_of(request.arguments, [&](const auto& argument) {
        return argument.second.kind == ModelValue::Kind::kString &&
               pointer.starts_with(argument.first + "/");
    });
}

std::vector<Answer> argument_answers(const PolicyMatch& when, const ModelRequest& request) {
    std::vector<Answer> answers;
    for (const auto& condition : when.arguments) {
        for (const ArgumentTest& test : condition.tests) {
            if (request.odd_arguments || is_below_a_string(request, condition.pointer)) {
                answers.push_back(Answer::kUnclear);
                continue;
            }
            const auto found = request.arguments.find(condition.pointer);
            answers.push_back(
                is_test_met(test, found == request.arguments.end() ? nullptr : &found->second));
        }
    }
    return answers;
}

/// What makes a refusal visible.
std::vector<Answer> passing_answers(const PolicyMatch& when,
                                    const ModelWorld& world,
                                    const ModelCaller& caller,
                                    const ModelRequest& request) {
    auto answers = argument_answers(when, request);
    if (!when.hours.empty()) {
        answers.push_back(yes_if(std::ranges::any_of(when.hours, [&](const auto& text) {
            return catalog::WeeklyHours::parse(text)->contains(world.now);
        })));
    }
    if (!when.source_ips.empty()) {
        // The tests' blocks are whole first numbers: "10.0.0.0/8", "2001:db8::/32".
        const auto in_block = [&](const std::string& block) {
            const auto end = block.contains(':') ? block.find("::") + 1 : block.find('.') + 1;
            return caller.source_ip.starts_with(block.substr(0, end));
        };
        answers.push_back(caller.source_ip.empty()
                              ? Answer::kUnclear
                              : yes_if(std::ranges::any_of(when.source_ips, in_block)));
    }
    return answers;
}

/// What the tests' names look like to a runtime that takes alike characters for the same.
std::string look_of(std::string text) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAlike{
        {{"e\xCC\x81", "\xC3\xA9"}, {"\xEF\xBD\x84", "d"}, {"\xE2\x80\x8B", ""}}};
    for (const auto& [odd, plain] : kAlike) {
        for (std::size_t at = 0; (at = text.find(odd)) != std::string::npos;) {
            text.replace(at, odd.size(), plain);
        }
    }
    return text;
}

Answer list_answer(const std::vector<std::string>& patterns, const std::string& item) {
    if (on_list(patterns, item)) {
        return Answer::kYes;
    }
    std::vector<std::string> looks;
    std::ranges::transform(patterns, std::back_inserter(looks), look_of);
    return on_list(looks, look_of(item)) ? Answer::kUnclear : Answer::kNo;
}

Answer item_answer(const std::vector<std::string>& patterns,
                   ItemKind wanted,
                   const ModelRequest& request) {
    if (request.kind == ItemKind::kUnclear && wanted != ItemKind::kTool) {
        return Answer::kUnclear;
    }
    return request.kind == wanted ? list_answer(patterns, request.item) : Answer::kNo;
}

Answer hint_answer(const std::pair<std::string, bool>& annotation,
                   const ModelWorld& world,
                   const ModelRequest& request) {
    if (request.kind != ItemKind::kTool) {
        return Answer::kNo;
    }
    const auto known = world.hints.find(request.item);
    if (known == world.hints.end()) {
        return Answer::kUnclear;
    }
    const auto place = std::ranges::find(policy::kHintNames, annotation.first);
    const auto hint =
        known->second.at(static_cast<std::size_t>(place - policy::kHintNames.begin()));
    return hint ? yes_if(*hint == annotation.second) : Answer::kUnclear;
}

/// Everything that says who asks and for what.
std::vector<Answer> lasting_answers(const PolicyMatch& when,
                                    const ModelWorld& world,
                                    const ModelCaller& caller,
                                    const ModelRequest& request) {
    std::vector<Answer> answers;
    const auto want = [&](const std::vector<std::string>& key, Answer answer) {
        if (!key.empty()) {
            answers.push_back(answer);
        }
    };
    want(when.users, yes_if(on_list(when.users, caller.id) || on_list(when.users, caller.name)));
    std::vector<std::string> emails;
    std::ranges::transform(when.emails, std::back_inserter(emails), to_lower);
    want(when.emails, yes_if(!caller.email.empty() && on_list(emails, to_lower(caller.email))));
    want(when.groups, yes_if(any_on_list(when.groups, caller.groups)));
    want(when.clients, yes_if(on_list(when.clients, caller.client)));
    want(when.scopes, yes_if(any_on_list(when.scopes, caller.scopes)));
    want(when.methods, yes_if(on_list(when.methods, request.method)));
    want(when.tools, item_answer(when.tools, ItemKind::kTool, request));
    want(when.not_tools, request.kind == ItemKind::kTool
                             ? negate(list_answer(when.not_tools, request.item))
                             : Answer::kNo);
    want(when.resources, item_answer(when.resources, ItemKind::kResource, request));
    want(when.prompts, item_answer(when.prompts, ItemKind::kPrompt, request));
    for (const auto& annotation : when.annotations) {
        answers.push_back(hint_answer(annotation, world, request));
    }
    const bool names_items = !when.tools.empty() || !when.not_tools.empty() ||
                             !when.resources.empty() || !when.prompts.empty();
    if (is_open(request.method) && (when.methods.empty() || names_items)) {
        answers.push_back(Answer::kNo);
    }
    return answers;
}

/// What nobody can decide counts against the caller.
bool matches(PolicyEffect effect, Answer answer) {
    return effect == PolicyEffect::kAllow ? answer == Answer::kYes : answer != Answer::kNo;
}

bool satisfies(const catalog::Server& server, const ModelCaller& caller, const std::string& scope) {
    if (contains(caller.scopes, scope)) {
        return true;
    }
    return std::ranges::any_of(server.scope_includes, [&](const auto& include) {
        return contains(include.second, scope) && satisfies(server, caller, include.first);
    });
}

bool is_passing(const PolicyMatch& when) {
    return !when.arguments.empty() || !when.hours.empty() || !when.source_ips.empty();
}

std::vector<PolicyRule> rules_of(const ModelWorld& world) {
    auto rules = world.catalog.policies;
    rules.insert(rules.end(), world.server.policies.begin(), world.server.policies.end());
    return rules;
}

bool falls_to_default(const ModelWorld& world, const ModelRequest& request) {
    return world.server.default_policy == catalog::DefaultPolicy::kDeny && !is_open(request.method);
}

/// Never usable, whatever arguments, time and place.
bool is_hidden(const ModelWorld& world, const ModelCaller& caller, const ModelRequest& request) {
    for (const PolicyRule& rule : rules_of(world)) {
        const auto answer = all_of(lasting_answers(rule.when, world, caller, request));
        const bool speaks = rule.effect != PolicyEffect::kShadowDeny &&
                            !(rule.effect == PolicyEffect::kDeny && is_passing(rule.when));
        if (speaks && matches(rule.effect, answer)) {
            return rule.effect == PolicyEffect::kDeny;
        }
    }
    return falls_to_default(world, request);
}

/// Rules that want scopes and follow each other are asked together.
struct Demand {
    std::string first, refusing;
    std::vector<std::string> missing;
    bool hopeless = false;
};

void add_demand(const ModelWorld& world,
                const ModelCaller& caller,
                const PolicyRule& rule,
                Demand& demand) {
    demand.first = demand.first.empty() ? rule.name : demand.first;
    bool lacks = false;
    for (const std::string& scope : rule.scopes) {
        if (satisfies(world.server, caller, scope)) {
            continue;
        }
        lacks = true;
        demand.refusing = demand.refusing.empty() ? rule.name : demand.refusing;
        if (!contains(demand.missing, scope)) {
            demand.missing.push_back(scope);
        }
    }
    demand.hopeless = lacks && std::ranges::any_of(rule.scopes, [&](const auto& scope) {
                          return !contains(world.server.scopes, scope);
                      });
}

}  // namespace

bool reference_glob(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) {
        return text.empty();
    }
    if (pattern.front() == '*') {
        return reference_glob(pattern.substr(1), text) ||
               (!text.empty() && reference_glob(pattern, text.substr(1)));
    }
    if (text.empty()) {
        return false;
    }
    if (pattern.front() == '?') {
        std::size_t size = 1;
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
            ++size;
        }
        return reference_glob(pattern.substr(1), text.substr(size));
    }
    return pattern.front() == text.front() && reference_glob(pattern.substr(1), text.substr(1));
}

ModelDecision reference_decide(const ModelWorld& world,
                               const ModelCaller& caller,
                               const ModelRequest& request) {
    ModelDecision decision;
    Demand demand;
    const auto deny_by = [&](std::string_view name) {
        decision.effect = "deny";
        decision.rule = name;
        decision.hidden = is_hidden(world, caller, request);
        return decision;
    };
    for (const PolicyRule& rule : rules_of(world)) {
        auto answers = lasting_answers(rule.when, world, caller, request);
        std::ranges::copy(passing_answers(rule.when, world, caller, request),
                          std::back_inserter(answers));
        if (!matches(rule.effect, all_of(answers))) {
            continue;
        }
        if (rule.effect == PolicyEffect::kShadowDeny) {
            const bool first = decision.shadow.empty() && demand.first.empty();
            decision.shadow = first ? rule.name : decision.shadow;
        } else if (rule.effect == PolicyEffect::kRequireScope) {
            add_demand(world, caller, rule, demand);
            if (demand.hopeless) {
                decision.effect = "deny";
                decision.rule = rule.name;
                return decision;
            }
        } else if (!demand.first.empty()) {
            break;
        } else if (rule.effect == PolicyEffect::kDeny) {
            return deny_by(rule.name);
        } else {
            decision.rule = rule.name;
            return decision;
        }
    }
    if (!demand.first.empty()) {
        decision.effect = demand.missing.empty() ? "allow" : "require_scope";
        decision.rule = demand.missing.empty() ? demand.first : demand.refusing;
        decision.missing = demand.missing;
        return decision;
    }
    return falls_to_default(world, request) ? deny_by("default_policy") : decision;
}

TEST(ReferenceGlob, MatchesAsTheDocumentSays) {
    EXPECT_TRUE(reference_glob("a*c", "abbbc"));
    EXPECT_TRUE(reference_glob("a?c",
                               "a\xC3\xA9"
                               "c"));
    EXPECT_FALSE(reference_glob("a?c", "ac"));
    EXPECT_TRUE(reference_glob("*", ""));
    EXPECT_FALSE(reference_glob("?", ""));
}

}  // namespace gatehouse::test
