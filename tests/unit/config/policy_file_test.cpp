// SPDX-License-Identifier: Apache-2.0
#include "config/policy_file.h"

#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

class ProposedPoliciesTest : public testing::Test {
  protected:
    ProposedPoliciesTest() {
        running_.policies = {{.name = "top", .scopes = {}, .message = {}, .when = {}}};
        catalog::Server server{.name = "todo"};
        server.scopes = {"read", "write"};
        server.default_policy = catalog::DefaultPolicy::kDeny;
        server.policies = {{.name = "own", .scopes = {}, .message = {}, .when = {}}};
        running_.servers.push_back(std::move(server));
    }

    [[nodiscard]] ProposedPolicies read(std::string_view text) const {
        return propose_policies(text, "new.yaml", running_);
    }

    [[nodiscard]] std::string problem_of(std::string_view text) const {
        const auto read_text = read(text);
        return read_text ? "" : describe(read_text.error().front());
    }

    catalog::Catalog running_;
};

TEST_F(ProposedPoliciesTest, TakesAListOfRulesForThoseOfTheTop) {
    const auto proposed = read("- {name: new, effect: deny, when: {tools: [x]}}");
    ASSERT_TRUE(proposed) << describe(proposed.error().front());
    EXPECT_EQ((*proposed)->policies.front().name, "new");
    EXPECT_EQ((*proposed)->servers.front().policies.front().name, "own");
    EXPECT_EQ((*proposed)->servers.front().default_policy, catalog::DefaultPolicy::kDeny);
}

TEST_F(ProposedPoliciesTest, LeavesWhatIsNotNamed) {
    const auto proposed =
        read("servers: {todo: {default_policy: allow, policies: [{name: n, effect: deny}]}}");
    ASSERT_TRUE(proposed) << describe(proposed.error().front());
    EXPECT_EQ((*proposed)->policies.front().name, "top");
    EXPECT_EQ((*proposed)->servers.front().policies.front().name, "n");
    EXPECT_EQ((*proposed)->servers.front().default_policy, catalog::DefaultPolicy::kAllow);
}

TEST_F(ProposedPoliciesTest, ReadsOnlyTheRulesOfAWholeConfiguration) {
    const auto proposed = read(
        "public_url: https://x.example\n"
        "servers:\n"
        "  todo: {runtime: \"${SECRET_URL}\", worker: {secret: \"${SECRET}\"}}\n"
        "  other: {runtime: http://127.0.0.1:1/mcp}\n");
    ASSERT_TRUE(proposed) << describe(proposed.error().front());
    EXPECT_TRUE((*proposed)->policies.empty());
    EXPECT_TRUE((*proposed)->servers.front().policies.empty());
    EXPECT_EQ((*proposed)->servers.front().default_policy, catalog::DefaultPolicy::kAllow);
    EXPECT_EQ((*proposed)->servers.size(), 1U);
}

TEST_F(ProposedPoliciesTest, SaysWhereItIsWrong) {
    EXPECT_EQ(problem_of("policies:\n  - {name: n, effect: deny, whn: {}}").substr(0, 14),
              "new.yaml:2:29:");
    EXPECT_NE(problem_of("servers: {tood: {}}").find("did you mean `todo`"), std::string::npos);
    EXPECT_NE(problem_of("polices: []").find("did you mean `policies`"), std::string::npos);
    EXPECT_NE(problem_of("policies: []\npolicies: []").find("given twice"), std::string::npos);
    EXPECT_NE(problem_of("servers: {todo: {policies: [{name: n, effect: require_scope, "
                         "scope: admin}]}}")
                  .find("admin"),
              std::string::npos);
    EXPECT_NE(problem_of("policies: [{name: \"${SECRET}\", effect: deny}]"), "");
    EXPECT_NE(problem_of("just words"), "");
}

}  // namespace
}  // namespace gatehouse::config
