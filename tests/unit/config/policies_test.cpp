// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "config/policy_services.h"
#include "support/config_environment.h"

namespace gatehouse::config {
namespace {

using catalog::ArgumentTest;
using catalog::ArgumentValue;
using catalog::PolicyEffect;
using testing::ElementsAre;

/// What is right; each case spoils one thing. Lines are counted in the cases.
constexpr std::string_view kValid = R"(public_url: https://mcp.example.com
sign_in: {local: {enabled: true}}
policies:
  - name: nobody-from-outside
    effect: deny
    when: {users: [mallory, "u_*"], emails: ["*@evil.example"], groups: [x], clients: ["https://*"], scopes: [read]}
servers:
  todo:
    runtime: http://127.0.0.1:9000/mcp
    scopes: [read, write]
    policies:
      - name: writes
        effect: require_scope
        scope: write
        when: {tools: [create_todo, delete_todo]}
      - name: transfers
        effect: deny
        message: Transfers over 1000 need a person.
        when:
          not_tools: ["get_*"]
          resources: ["file:///*"]
          prompts: [p]
          methods: ["tools/*"]
          annotations: {readOnlyHint: false}
          arguments:
            /amount: {gt: 1000, ne: "1000"}
            /to/0/iban: {in: [DE1, 5, true, null], matches: "^DE"}
            /memo: {exists: true}
          source_ips: [10.0.0.0/8, "::1"]
          hours: ["Mon-Fri 08:00-18:00 UTC"]
      - {name: rest, effect: allow}
)";

LoadOutcome load_text(std::string_view text) {
    test::ConfigEnvironment environment;
    environment.variables = {{"LIMIT", "500"}};
    return parse(text, "g.yaml", environment.get());
}

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(kValid);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::vector<std::string> problems_of(std::string_view text) {
    std::vector<std::string> lines;
    if (const auto outcome = load_text(text); !outcome) {
        for (const Problem& problem : outcome.error()) {
            lines.push_back(describe(problem));
        }
    }
    return lines;
}

TEST(PolicyService, IsThatOfTheServerElseThatOfAll) {
    const test::ConfigEnvironment environment;
    const auto parsed = parse_policy_services(
        "public_url: https://mcp.example.com\n"
        "sign_in: {local: {enabled: true}}\n"
        "policy_service: {opa: \"http://127.0.0.1:8181/v1/data/all\"}\n"
        "servers:\n"
        "  a: {runtime: \"http://127.0.0.1:9000/mcp\"}\n"
        "  b:\n"
        "    runtime: http://127.0.0.1:9000/mcp\n"
        "    policy_service: {opa: \"http://127.0.0.1:8181/v1/data/b\", timeout: 1s, "
        "on_error: allow, cache: 0s}\n",
        "/etc/gatehouse/gatehouse.yaml", environment.get());
    ASSERT_TRUE(parsed) << describe(parsed.error());
    using std::chrono::milliseconds;
    const catalog::PolicyService all{.opa = "http://127.0.0.1:8181/v1/data/all",
                                     .timeout = milliseconds{200},
                                     .on_error = catalog::PolicyService::OnError::kDeny,
                                     .cache = milliseconds{1000}};
    const catalog::PolicyService own{.opa = "http://127.0.0.1:8181/v1/data/b",
                                     .timeout = milliseconds{1000},
                                     .on_error = catalog::PolicyService::OnError::kAllow,
                                     .cache = milliseconds{0}};
    EXPECT_EQ(*parsed->at(""), all);
    EXPECT_FALSE(parsed->contains("a"));
    EXPECT_EQ(*parsed->at("b"), own);
}

TEST(Policies, AreRead) {
    const auto config = load_text(kValid);
    ASSERT_TRUE(config) << problems_of(kValid).front();
    ASSERT_EQ(config->catalog->policies.size(), 1U);
    const auto& outside = config->catalog->policies[0];
    EXPECT_EQ(outside.effect, PolicyEffect::kDeny);
    EXPECT_THAT(outside.when.users, ElementsAre("mallory", "u_*"));
    EXPECT_THAT(outside.when.emails, ElementsAre("*@evil.example"));
    const auto& rules = config->catalog->servers[0].policies;
    ASSERT_EQ(rules.size(), 3U);
    EXPECT_EQ(rules[0].effect, PolicyEffect::kRequireScope);
    EXPECT_THAT(rules[0].scopes, ElementsAre("write"));
    EXPECT_EQ(rules[1].message, "Transfers over 1000 need a person.");
    EXPECT_THAT(rules[1].when.annotations, ElementsAre(std::pair("readOnlyHint", false)));
    EXPECT_THAT(rules[1].when.source_ips, ElementsAre("10.0.0.0/8", "::1"));
    EXPECT_EQ(rules[2].effect, PolicyEffect::kAllow);
}

TEST(Policies, TellNumbersFromTexts) {
    const auto config = load_text(kValid);
    ASSERT_TRUE(config);
    const auto& arguments = config->catalog->servers[0].policies[1].when.arguments;
    ASSERT_EQ(arguments.size(), 3U);
    EXPECT_EQ(arguments[0].pointer, "/amount");
    EXPECT_EQ(arguments[0].tests[0].op, ArgumentTest::Op::kGt);
    EXPECT_EQ(arguments[0].tests[0].values[0].kind, ArgumentValue::Kind::kNumber);
    EXPECT_EQ(arguments[0].tests[1].values[0].kind, ArgumentValue::Kind::kString);
    const auto& list = arguments[1].tests[0].values;
    ASSERT_EQ(list.size(), 4U);
    EXPECT_EQ(list[0].kind, ArgumentValue::Kind::kString);
    EXPECT_EQ(list[1].kind, ArgumentValue::Kind::kNumber);
    EXPECT_EQ(list[2].kind, ArgumentValue::Kind::kBool);
    EXPECT_EQ(list[3].kind, ArgumentValue::Kind::kNull);
    EXPECT_EQ(arguments[1].tests[1].values[0].text, "^DE");
    EXPECT_EQ(arguments[2].tests[0].op, ArgumentTest::Op::kExists);
}

TEST(Policies, TakeValuesFromOutside) {
    const auto config = load_text(replaced("gt: 1000", "gt: \"${LIMIT}\""));
    ASSERT_TRUE(config);
    const auto& value =
        config->catalog->servers[0].policies[1].when.arguments[0].tests[0].values[0];
    EXPECT_EQ(value.kind, ArgumentValue::Kind::kNumber);
    EXPECT_EQ(value.text, "500");
}

TEST(Policies, AreShownAsWritten) {
    const auto config = load_text(kValid);
    ASSERT_TRUE(config);
    EXPECT_TRUE(config->redacted_yaml.contains(R"(/amount: {gt: 1000, ne: "1000"})"))
        << config->redacted_yaml;
    const auto again = load_text(config->redacted_yaml);
    ASSERT_TRUE(again) << problems_of(config->redacted_yaml).front();
    EXPECT_EQ(again->redacted_yaml, config->redacted_yaml);
}

TEST(Policies, ReportEverythingAtOnce) {
    auto text = replaced("effect: deny\n    when", "effect: dny\n    when");
    text.replace(text.find("gt: 1000"), 8, "gt: much");
    text.replace(text.find("10.0.0.0/8"), 10, "10.0.0.0");
    text.replace(text.find("[create_todo, delete_todo]"), 26, "[]");
    EXPECT_EQ(problems_of(text).size(), 3U);
}

struct Spoiled {
    const char* name;
    std::string_view from, to, problem;
};

void PrintTo(const Spoiled& spoiled, std::ostream* out) {
    *out << spoiled.name;
}

class SpoiledPolicy : public testing::TestWithParam<Spoiled> {};

TEST_P(SpoiledPolicy, IsRefusedWithPlaceAndReason) {
    const Spoiled& spoiled = GetParam();
    EXPECT_THAT(problems_of(replaced(spoiled.from, spoiled.to)),
                ElementsAre("g.yaml:" + std::string(spoiled.problem)));
}

constexpr Spoiled kCases[] = {
    {"Effect", "effect: deny\n        message", "effect: denny\n        message",
     "17:17: `servers.todo.policies[1].effect`: expected one of allow, deny, require_scope, "
     "shadow_deny, found `denny`; did you mean `deny`?"},
    {"NoName", "- name: transfers\n        effect", "- effect",
     "16:9: `servers.todo.policies[1].name` is missing"},
    {"NoEffect", ", effect: allow", "", "31:9: `servers.todo.policies[2].effect` is missing"},
    {"UnknownKey", "not_tools:", "no_tools:",
     "20:11: unknown key `no_tools` in `servers.todo.policies[1].when`; did you mean `not_tools`?"},
    {"SameName", "name: rest", "name: writes",
     "31:16: `servers.todo.policies[2].name`: `writes` is taken already, in "
     "`servers.todo.policies[0]`"},
    {"SameNameAsTop", "name: rest", "name: nobody-from-outside",
     "31:16: `servers.todo.policies[2].name`: `nobody-from-outside` is taken already, in the "
     "top-level `policies`"},
    {"ReservedName", "name: rest", "name: default_policy",
     "31:16: `servers.todo.policies[2].name`: expected a name of at most 100 characters other than "
     "`default_policy`"},
    {"EmptyList", "tools: [create_todo, delete_todo]", "tools: []",
     "15:23: `servers.todo.policies[0].when.tools`: the list is empty"},
    {"EmptyName", "prompts: [p]", "prompts: [\"\"]",
     "22:21: `servers.todo.policies[1].when.prompts`: expected a value, found an empty one"},
    {"NoScope", "        scope: write\n", "",
     "12:9: `servers.todo.policies[0].scope`: `require_scope` needs one"},
    {"ScopeWithDeny", "message: Transfers over 1000 need a person.", "scope: write",
     "18:16: `servers.todo.policies[1].scope`: only `require_scope` has one"},
    {"ForeignScope", "scope: write", "scope: wrte",
     "14:16: `servers.todo.policies[0].scope`: `wrte` is not in `servers.todo.scopes`; did you "
     "mean `write`?"},
    {"MessageOfAllow", "effect: allow", "effect: allow, message: x",
     "31:46: `servers.todo.policies[2].message`: nobody would see it: the rule allows"},
    {"Annotation", "readOnlyHint", "readonlyHint",
     "24:25: `servers.todo.policies[1].when.annotations`: there is no annotation `readonlyHint`; "
     "did you mean `readOnlyHint`?"},
    {"AnnotationValue", "readOnlyHint: false", "readOnlyHint: no",
     "24:39: `servers.todo.policies[1].when.annotations.readOnlyHint`: expected true or false, "
     "found `no`"},
    {"Pointer", "/memo:", "memo:",
     "28:13: `servers.todo.policies[1].when.arguments`: expected a JSON pointer such as `/amount`, "
     "found `memo`"},
    {"PointerEscape", "/memo:", "/me~2mo:",
     "28:13: `servers.todo.policies[1].when.arguments`: expected a JSON pointer such as `/amount`, "
     "found `/me~2mo`"},
    {"Comparison", "exists: true", "exits: true",
     "28:21: unknown comparison `exits` in `servers.todo.policies[1].when.arguments./memo`; did "
     "you mean `exists`?"},
    {"NoComparison", "{exists: true}", "{}",
     "28:20: `servers.todo.policies[1].when.arguments./memo`: expected a comparison such as `{gt: "
     "1000}`"},
    {"TextAsComparison", "{exists: true}", "5",
     "28:20: `servers.todo.policies[1].when.arguments./memo`: expected a mapping, found a single "
     "value"},
    {"QuotedNumber", "gt: 1000", "gt: \"1000\"",
     "26:27: `servers.todo.policies[1].when.arguments./amount.gt`: expected a number, found "
     "`1000`"},
    {"HugeNumber", "gt: 1000", "gt: 1e999",
     "26:27: `servers.todo.policies[1].when.arguments./amount.gt`: expected a number, found "
     "`1e999`"},
    {"Exists", "exists: true", "exists: yes",
     "28:29: `servers.todo.policies[1].when.arguments./memo.exists`: expected true or false, found "
     "`yes`"},
    {"EmptyIn", "in: [DE1, 5, true, null]", "in: []",
     "27:30: `servers.todo.policies[1].when.arguments./to/0/iban.in`: expected a list with "
     "something in it"},
    {"Pattern", "\"^DE\"", "\"(DE\"",
     "27:61: `servers.todo.policies[1].when.arguments./to/0/iban.matches`: not an RE2 expression: "
     "missing ): (DE, found `(DE`"},
    {"BackReference", "\"^DE\"", "'(a)\\1'",
     "27:61: `servers.todo.policies[1].when.arguments./to/0/iban.matches`: not an RE2 expression: "
     "invalid escape sequence: \\1, found `(a)\\1`"},
    {"RepeatedPointer", "/memo:", "/amount:",
     "28:13: `servers.todo.policies[1].when.arguments./amount` is written twice, first in line 26"},
    {"Block", "10.0.0.0/8", "10.0.0.0/33",
     "29:24: `servers.todo.policies[1].when.source_ips`: expected an address block such as "
     "10.0.0.0/8, found `10.0.0.0/33`"},
    {"Hours", "08:00-18:00", "08:00-08:00",
     "30:19: `servers.todo.policies[1].when.hours`: expected hours such as `Mon-Fri 08:00-18:00 "
     "UTC`, `22:00-06:00` or `Sat,Sun 00:00-24:00 +02:00`, found `Mon-Fri 08:00-08:00 UTC`"},
};

INSTANTIATE_TEST_SUITE_P(Rules, SpoiledPolicy, testing::ValuesIn(kCases), [](const auto& info) {
    return info.param.name;
});

TEST(Policies, WiderScopesAreRead) {  // A20
    const auto config = load_text(replaced("    scopes: [read, write]\n",
                                           "    scopes: [read, write, admin]\n"
                                           "    scope_includes: {admin: \"read write\"}\n"));
    ASSERT_TRUE(config);
    const auto& includes = config->catalog->servers[0].scope_includes;
    ASSERT_EQ(includes.size(), 1U);
    EXPECT_EQ(includes[0].first, "admin");
    EXPECT_THAT(includes[0].second, ElementsAre("read", "write"));
}

TEST(Policies, WiderScopesMustBeTheServers) {
    EXPECT_THAT(problems_of(replaced("    scopes: [read, write]\n",
                                     "    scopes: [read, write]\n"
                                     "    scope_includes: {admin: \"read wite\", write: read}\n")),
                ElementsAre("g.yaml:11:22: `servers.todo.scope_includes`: `admin` is not in "
                            "`servers.todo.scopes`",
                            "g.yaml:11:29: `servers.todo.scope_includes`: `wite` is not in "
                            "`servers.todo.scopes`; did you mean `write`?"));
}

TEST(Policies, ScopesOfTheTopMustBeSomeServers) {
    const auto problems = problems_of(replaced(
        "    effect: deny\n    when", "    effect: require_scope\n    scope: wrote\n    when"));
    EXPECT_THAT(problems,
                ElementsAre("g.yaml:6:12: `policies[0].scope`: `wrote` is not in `the scopes of "
                            "any server`; did you mean `write`?"));
}

}  // namespace
}  // namespace gatehouse::config
