// SPDX-License-Identifier: Apache-2.0
#include "budget/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "budget/glob.h"

namespace gatehouse::budget {
namespace {

using catalog::Budget;
using catalog::BudgetKey;
using catalog::BudgetUnit;
using testing::ElementsAre;
using testing::Pair;

class Plans : public testing::Test {
  protected:
    std::uint64_t amount(const catalog::BudgetCondition& when,
                         Request request = {"tools/call", "add"}) {
        catalog::Catalog catalog;
        catalog.budgets = {{.name = "b", .server = {}, .per = {}, .when = when}};
        const Plan plan(catalog, {.name = "todo"});
        return plan.amount(plan.rules().front(), caller, request);
    }

    std::vector<std::string> groups{"staff", "ops"}, scopes{"read", "write"};
    Caller caller{.user = "u1",
                  .name = "ada",
                  .email = "ada@example.com",
                  .client = "c1",
                  .server = "todo",
                  .groups = groups,
                  .scopes = scopes};
};

TEST_F(Plans, WithoutAConditionCountToolCallsOnly) {
    EXPECT_EQ(amount({}), 1U);
    EXPECT_EQ(amount({}, {"resources/read", "file://a"}), 0U);
    EXPECT_EQ(amount({}, {"initialize", ""}), 0U);
    EXPECT_EQ(amount({}, {"tools/list", ""}), 0U);
}

TEST_F(Plans, CountWhereEveryKeyHolds) {
    EXPECT_EQ(amount({.users = {"u1"}}), 1U);
    EXPECT_EQ(amount({.users = {"ada"}}), 1U) << "by name as well";
    EXPECT_EQ(amount({.users = {"bob", "u*"}}), 1U) << "any of, with wildcards";
    EXPECT_EQ(amount({.users = {"bob"}}), 0U);
    EXPECT_EQ(amount({.emails = {"*@example.com"}}), 1U);
    EXPECT_EQ(amount({.emails = {"*@other.example"}}), 0U);
    EXPECT_EQ(amount({.groups = {"ops"}}), 1U);
    EXPECT_EQ(amount({.groups = {"interns"}}), 0U);
    EXPECT_EQ(amount({.clients = {"c?"}}), 1U);
    EXPECT_EQ(amount({.clients = {"c"}}), 0U);
    EXPECT_EQ(amount({.scopes = {"write"}}), 1U);
    EXPECT_EQ(amount({.scopes = {"admin"}}), 0U);
    EXPECT_EQ(amount({.groups = {"ops"}, .clients = {"c2"}}), 0U);
    EXPECT_EQ(amount({.tools = {"a*"}}), 1U);
    EXPECT_EQ(amount({.tools = {"b*"}}), 0U);
    EXPECT_EQ(amount({.tools = {"a*"}, .not_tools = {"add"}}), 0U);
    EXPECT_EQ(amount({.not_tools = {"sub"}}), 1U);
}

TEST_F(Plans, CountOtherRequestsWhereTheConditionNamesThem) {
    EXPECT_EQ(amount({.methods = {"resources/*"}}, {"resources/read", "file://a"}), 1U);
    EXPECT_EQ(amount({.methods = {"resources/*"}}), 0U) << "instead of tool calls";
    EXPECT_EQ(amount({.resources = {"file://*"}}, {"resources/read", "file://a"}), 1U);
    EXPECT_EQ(amount({.resources = {"file://*"}}, {"resources/read", "http://a"}), 0U);
    EXPECT_EQ(amount({.resources = {"file://*"}}), 0U);
    EXPECT_EQ(amount({.prompts = {"*"}}, {"prompts/get", "p"}), 1U);
}

TEST_F(Plans, CostWhatTheMostPreciseEntrySays) {
    catalog::Catalog catalog;
    catalog.tool_costs = {{"add", 7}, {"top_*", 8}};
    const Plan plan(
        catalog, {.name = "todo",
                  .tool_costs = {
                      {"run_*", 5}, {"run_report", 25}, {"run_r*", 6}, {"r?n_x", 9}, {"free", 0}}});
    EXPECT_EQ(plan.cost_of("run_report"), 25U);
    EXPECT_EQ(plan.cost_of("run_rest"), 6U);
    EXPECT_EQ(plan.cost_of("run_other"), 5U);
    EXPECT_EQ(plan.cost_of("run_x"), 5U) << "as many characters; written first";
    EXPECT_EQ(plan.cost_of("ran_x"), 9U);
    EXPECT_EQ(plan.cost_of("free"), 0U);
    EXPECT_EQ(plan.cost_of("add"), 7U) << "the table for all";
    EXPECT_EQ(plan.cost_of("anything"), 1U);
}

TEST_F(Plans, TellWhetherThePersonMatters) {
    const auto needs = [](Budget budget) {
        catalog::Catalog catalog;
        catalog.budgets = {std::move(budget)};
        return Plan(catalog, {.name = "todo"}).needs_person();
    };
    EXPECT_FALSE(needs({.name = "b", .server = {}, .per = {BudgetKey::kUser}}));
    EXPECT_TRUE(needs({.name = "b", .server = {}, .per = {BudgetKey::kGroup}}));
    EXPECT_TRUE(needs({.name = "b", .server = {}, .per = {}, .when = {.users = {"ada"}}}));
    EXPECT_TRUE(needs({.name = "b", .server = {}, .per = {}, .when = {.emails = {"*"}}}));
    EXPECT_TRUE(needs({.name = "b", .server = {}, .per = {}, .when = {.groups = {"*"}}}));
}

TEST_F(Plans, KeepOtherCountsWhereUnitWindowOrKeyDiffer) {
    const Budget one{.name = "b", .server = {}, .per = {BudgetKey::kUser}};
    Budget other = one;
    other.limit = 7;
    EXPECT_EQ(rule_id(one), rule_id(other)) << "a new limit keeps the count";
    other.unit = BudgetUnit::kBytes;
    EXPECT_NE(rule_id(one), rule_id(other));
    other = one;
    other.window = catalog::BudgetWindow::kDay;
    EXPECT_NE(rule_id(one), rule_id(other));
    other = one;
    other.server = "todo";
    EXPECT_NE(rule_id(one), rule_id(other));
}

TEST_F(Plans, ReadTheirKeysBack) {
    Budget budget{.name = "b", .server = {}, .per = {BudgetKey::kUser, BudgetKey::kTool}};
    std::string key;
    append_key(budget, caller, "a\\n\nuser=root", {}, key);
    EXPECT_THAT(read_key(key), ElementsAre(Pair("user", "u1"), Pair("tool", "a\\n\nuser=root")))
        << "a tool's name adds no part";
    std::string other;
    append_key(budget, caller, "a\n\nuser=root", {}, other);
    EXPECT_NE(key, other);
}

TEST(Glob, MatchesWholeTexts) {
    EXPECT_TRUE(glob_matches("a*c", "abbc"));
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("**", "x"));
    EXPECT_FALSE(glob_matches("a", "ab"));
    EXPECT_FALSE(glob_matches("", "a"));
    EXPECT_TRUE(glob_matches("*ab*ab", "xababab"));
    EXPECT_TRUE(glob_matches("?", "\xC3\xA9")) << "one character, two bytes";
    EXPECT_FALSE(glob_matches("?", "ab"));
}

TEST(Glob, StaysQuickOnHostilePatterns) {
    const std::string text(10'000, 'a');
    EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*b", text));
}

}  // namespace
}  // namespace gatehouse::budget
