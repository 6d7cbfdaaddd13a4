// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "support/config_environment.h"

namespace gatehouse::config {
namespace {

using catalog::BudgetKey;
using catalog::BudgetUnit;
using catalog::BudgetWindow;
using testing::ElementsAre;
using testing::Pair;

constexpr std::string_view kFile = R"(version: 1
public_url: https://mcp.example.com
sign_in: {local: {enabled: true}}
budgets:
  - {name: per-user-minute, per: [user], limit: 60 calls, window: 1m}
tool_costs: {"*": 2}
servers:
  todo:
    runtime: http://127.0.0.1:9000/mcp
    budgets:
      - name: traffic
        per: [user, client]
        when: {groups: [interns], tools: ["get_*"], not_tools: [get_one], emails: [ADA@example.com]}
        limit: 1MiB bytes
        window: 1mo
        warn_at: 80%
      - {name: slots, limit: 5 concurrent}
    tool_costs: {run_report: 25, "*": 1}
)";

TEST(Budgets, AreReadAsWritten) {
    const auto config = parse(kFile, "g.yaml", test::ConfigEnvironment{}.get());
    ASSERT_TRUE(config) << describe(config.error().front());
    const catalog::Catalog& catalog = *config->catalog;
    ASSERT_EQ(catalog.budgets.size(), 1U);
    EXPECT_EQ(catalog.budgets[0].name, "per-user-minute");
    EXPECT_EQ(catalog.budgets[0].server, "");
    EXPECT_EQ(catalog.budgets[0].limit, 60U);
    EXPECT_EQ(catalog.budgets[0].window, BudgetWindow::kMinute);
    EXPECT_EQ(catalog.budgets[0].warn_at, 0U);
    EXPECT_THAT(catalog.budgets[0].per, ElementsAre(BudgetKey::kUser));
    EXPECT_THAT(catalog.tool_costs, ElementsAre(Pair("*", 2U)));
    const catalog::Server& server = catalog.servers.front();
    ASSERT_EQ(server.budgets.size(), 2U);
    const catalog::Budget& traffic = server.budgets[0];
    EXPECT_EQ(traffic.server, "todo");
    EXPECT_EQ(traffic.unit, BudgetUnit::kBytes);
    EXPECT_EQ(traffic.limit, 1U << 20U);
    EXPECT_EQ(traffic.window, BudgetWindow::kMonth);
    EXPECT_EQ(traffic.warn_at, 80U);
    EXPECT_THAT(traffic.per, ElementsAre(BudgetKey::kUser, BudgetKey::kClient));
    EXPECT_THAT(traffic.when.groups, ElementsAre("interns"));
    EXPECT_THAT(traffic.when.tools, ElementsAre("get_*"));
    EXPECT_THAT(traffic.when.not_tools, ElementsAre("get_one"));
    EXPECT_THAT(traffic.when.emails, ElementsAre("ada@example.com"));
    EXPECT_EQ(server.budgets[1].unit, BudgetUnit::kConcurrent);
    EXPECT_EQ(server.budgets[1].limit, 5U);
    EXPECT_THAT(server.tool_costs, ElementsAre(Pair("run_report", 25U), Pair("*", 1U)));
}

}  // namespace
}  // namespace gatehouse::config
