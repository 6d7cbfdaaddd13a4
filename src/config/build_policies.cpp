// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>

#include "base/json_number.h"
#include "base/strings.h"
#include "config/internal/build.h"

namespace gatehouse::config {
namespace {

using catalog::ArgumentTest;
using catalog::ArgumentValue;
using catalog::PolicyEffect;
using catalog::PolicyRule;

constexpr std::size_t kMaxName = 100;
// What decisions are called that no rule made.
constexpr std::string_view kReservedName = "default_policy";
constexpr std::array<std::string_view, 4> kAnnotations{"readOnlyHint", "destructiveHint",
                                                       "idempotentHint", "openWorldHint"};

PolicyEffect parse_effect(std::string_view text) {
    if (text == "allow") {
        return PolicyEffect::kAllow;
    }
    if (text == "require_scope") {
        return PolicyEffect::kRequireScope;
    }
    return text == "shadow_deny" ? PolicyEffect::kShadowDeny : PolicyEffect::kDeny;
}

ArgumentTest::Op parse_comparison(std::string_view name) {
    using Op = ArgumentTest::Op;
    static constexpr std::array<std::pair<std::string_view, Op>, 9> kOps{{{"eq", Op::kEq},
                                                                          {"ne", Op::kNe},
                                                                          {"in", Op::kIn},
                                                                          {"gt", Op::kGt},
                                                                          {"ge", Op::kGe},
                                                                          {"lt", Op::kLt},
                                                                          {"le", Op::kLe},
                                                                          {"matches", Op::kMatches},
                                                                          {"exists", Op::kExists}}};
    const auto* const it = std::ranges::find(kOps, name, &std::pair<std::string_view, Op>::first);
    return it == kOps.end() ? Op::kEq : it->second;
}

/// A plain scalar is what JSON would take it for; quotes, and texts from outside, make a string.
ArgumentValue read_value(const Node& node, ArgumentTest::Op op) {
    using Kind = ArgumentValue::Kind;
    if (node.kind != Node::Kind::kScalar) {
        return {.kind = Kind::kNull};
    }
    const bool needs_number = op == ArgumentTest::Op::kGt || op == ArgumentTest::Op::kGe ||
                              op == ArgumentTest::Op::kLt || op == ArgumentTest::Op::kLe;
    if (op == ArgumentTest::Op::kMatches || ((node.quoted || node.expanded) && !needs_number)) {
        return {.kind = Kind::kString, .text = node.text};
    }
    if (node.text == "true" || node.text == "false") {
        return {.kind = Kind::kBool, .text = node.text};
    }
    const bool is_number = JsonNumber::parse(node.text).has_value();
    return {.kind = is_number ? Kind::kNumber : Kind::kString, .text = node.text};
}

ArgumentTest read_test(const Entry& entry) {
    ArgumentTest test{.op = parse_comparison(entry.name)};
    if (entry.value.kind == Node::Kind::kList) {
        for (const Node& item : entry.value.items) {
            test.values.push_back(read_value(item, test.op));
        }
    } else {
        test.values.push_back(read_value(entry.value, test.op));
    }
    return test;
}

std::vector<catalog::ArgumentCondition> read_arguments(const Section& when) {
    std::vector<catalog::ArgumentCondition> conditions;
    const Node* const node = when.node("arguments");
    if (node == nullptr) {
        return conditions;
    }
    for (const Entry& pointer : node->entries) {
        catalog::ArgumentCondition condition{.pointer = pointer.name};
        for (const Entry& test : pointer.value.entries) {
            condition.tests.push_back(read_test(test));
        }
        conditions.push_back(std::move(condition));
    }
    return conditions;
}

std::vector<std::pair<std::string, bool>> read_annotations(const Section& when,
                                                           const BuildContext& context) {
    std::vector<std::pair<std::string, bool>> annotations;
    const Node* const node = when.node("annotations");
    if (node == nullptr) {
        return annotations;
    }
    const std::string path = when.path_of("annotations");
    if (node->entries.empty()) {
        context.report(when, "annotations", "the mapping is empty");
    }
    for (const Entry& entry : node->entries) {
        if (std::ranges::find(kAnnotations, entry.name) == kAnnotations.end()) {
            context.problems.add(
                entry.at, join_path(path, entry.name),
                in_ticks(path) + ": there is no annotation " + in_ticks(entry.name) +
                    suggestion(entry.name, {kAnnotations.begin(), kAnnotations.end()}));
        }
        annotations.emplace_back(entry.name, entry.value.text == "true");
    }
    return annotations;
}

catalog::PolicyMatch read_match(const Section& when, const BuildContext& context) {
    return {.users = when.texts("users"),
            .emails = when.texts("emails"),
            .groups = when.texts("groups"),
            .clients = when.texts("clients"),
            .scopes = when.texts("scopes"),
            .tools = when.texts("tools"),
            .not_tools = when.texts("not_tools"),
            .resources = when.texts("resources"),
            .prompts = when.texts("prompts"),
            .methods = when.texts("methods"),
            .annotations = read_annotations(when, context),
            .arguments = read_arguments(when),
            .source_ips = when.texts("source_ips"),
            .hours = when.texts("hours")};
}

void check_rule(const Section& section, const BuildContext& context, const PolicyRule& rule) {
    if (rule.name == kReservedName || rule.name.size() > kMaxName) {
        context.report(section, "name",
                       "expected a name of at most " + std::to_string(kMaxName) +
                           " characters other than " + in_ticks(kReservedName));
    }
    if (section.is_bad("effect") || !section.is_given("effect")) {
        return;
    }
    const bool wants_scope = rule.effect == PolicyEffect::kRequireScope;
    if (wants_scope && !section.is_given("scope")) {
        context.report(section, "scope", "`require_scope` needs one");
    }
    if (!wants_scope && section.is_given("scope")) {
        context.report(section, "scope", "only `require_scope` has one");
    }
    if (rule.effect == PolicyEffect::kAllow && section.is_given("message")) {
        context.report(section, "message", "nobody would see it: the rule allows");
    }
}

}  // namespace

std::vector<PolicyRule> build_policies(const Section& owner,
                                       const BuildContext& context,
                                       const std::vector<PolicyRule>& before) {
    std::vector<PolicyRule> rules;
    std::map<std::string, std::string> places;  // of names
    for (const PolicyRule& rule : before) {
        places.emplace(rule.name, "the top-level `policies`");
    }
    for (const Section& section : owner.items("policies")) {
        PolicyRule rule{.name = section.text("name"),
                        .effect = parse_effect(section.text("effect")),
                        .scopes = section.texts("scope"),
                        .message = section.text("message"),
                        .when = read_match(section.section("when"), context)};
        check_rule(section, context, rule);
        const auto [place, is_first] = places.emplace(rule.name, in_ticks(section.path()));
        if (!is_first && !rule.name.empty()) {
            context.report(section, "name",
                           in_ticks(rule.name) + " is taken already, in " + place->second);
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

catalog::ScopeIncludes build_scope_includes(const Section& server_section,
                                            const BuildContext& context,
                                            const std::vector<std::string>& allowed) {
    catalog::ScopeIncludes includes;
    const Node* const node = server_section.node("scope_includes");
    if (node == nullptr) {
        return includes;
    }
    const std::string path = server_section.path_of("scope_includes");
    const std::vector<std::string_view> known(allowed.begin(), allowed.end());
    const auto check = [&](Position at, const std::string& scope) {
        if (!contains(allowed, scope)) {
            context.problems.add(at, path,
                                 in_ticks(path) + ": " + in_ticks(scope) + " is not in " +
                                     in_ticks(server_section.path_of("scopes")) +
                                     suggestion(scope, known));
        }
    };
    for (const Entry& entry : node->entries) {
        if (entry.value.bad) {
            continue;
        }
        check(entry.at, entry.name);
        std::vector<std::string> narrower;
        for (const std::string_view word : split_words(entry.value.text)) {
            check(entry.value.at, narrower.emplace_back(word));
        }
        includes.emplace_back(entry.name, std::move(narrower));
    }
    return includes;
}

void check_policy_scopes(const Section& owner,
                         const std::vector<std::string>& allowed,
                         std::string_view whose,
                         const BuildContext& context) {
    for (const Section& section : owner.items("policies")) {
        check_subset(section, "scope", allowed, whose, context);
    }
}

}  // namespace gatehouse::config
