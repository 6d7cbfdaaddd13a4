// SPDX-License-Identifier: Apache-2.0
#include "config/additions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/config_environment.h"

namespace gatehouse::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Addition::Kind;

constexpr std::string_view kFile = R"(version: 1
public_url: https://mcp.example.com
sign_in: {local: {enabled: true}}
policies:
  - {name: first, effect: deny, when: {tools: [x]}}
servers:
  todo: {runtime: "http://127.0.0.1:9000/mcp", scopes: [read]}
)";

Addition addition(Kind kind, std::string name, std::string_view object, std::string server = {}) {
    return {.kind = kind,
            .name = std::move(name),
            .server = std::move(server),
            .object = json::parse_object(object).value_or(json::Object{})};
}

class AdditionsTest : public testing::Test {
  protected:
    LoadOutcome parse_with(std::vector<Addition> additions) {
        return parse(kFile, "g.yaml", environment_.get(), additions);
    }

    std::string problem_of(std::vector<Addition> additions) {
        const auto outcome = parse_with(std::move(additions));
        return outcome ? "" : describe(outcome.error().front());
    }

    test::ConfigEnvironment environment_;
};

TEST_F(AdditionsTest, ArePartOfTheCatalogAsIfTheFileHadThem) {
    const auto config = parse_with(
        {addition(Kind::kProfile, "notes",
                  R"({"issuer":"https://auth.example","client":{"id":"g","secret":"s3cret"},)"
                  R"("scopes":["notes"]})"),
         addition(Kind::kServer, "notes",
                  R"({"runtime":["http://127.0.0.1:9001/mcp"],"profile":"notes",)"
                  R"("worker":{"secret":"w0rker"},"tool_costs":{"report":25}})"),
         addition(Kind::kPolicy, "late",
                  R"({"effect":"deny","when":{"arguments":{"/amount":{"gt":1000,"ne":"1"}}}})",
                  "todo"),
         addition(Kind::kBudget, "calls", R"({"limit":"60 calls","window":"1m"})")});
    ASSERT_TRUE(config) << describe(config.error().front());
    const catalog::Catalog& catalog = *config->catalog;
    const catalog::Server* const notes = catalog.find_server("notes");
    ASSERT_NE(notes, nullptr);
    EXPECT_EQ(notes->mcp_url, "https://mcp.example.com/notes/mcp");
    EXPECT_EQ(notes->sign_in, "local");
    EXPECT_TRUE(notes->worker.secrets.front().matches("w0rker"));
    EXPECT_EQ(notes->tool_costs.front().second, 25U);
    EXPECT_TRUE(catalog.find_profile("notes")->client_secret.matches("s3cret"));
    const auto& rule = catalog.find_server("todo")->policies.front();
    EXPECT_EQ(rule.when.arguments.front().tests[0].values.front().kind,
              catalog::ArgumentValue::Kind::kNumber);
    EXPECT_EQ(rule.when.arguments.front().tests[1].values.front().kind,
              catalog::ArgumentValue::Kind::kString);
    EXPECT_EQ(catalog.budgets.front().limit, 60U);
    EXPECT_THAT(config->additions, ElementsAre("profiles/notes", "servers/notes",
                                               "policies/todo:late", "budgets/calls"));
}

TEST_F(AdditionsTest, GiveWayToWhatTheFileDefines) {
    const auto config =
        parse_with({addition(Kind::kServer, "todo", R"({"runtime":"http://127.0.0.1:1/mcp"})"),
                    addition(Kind::kPolicy, "first", R"({"effect":"allow"})")});
    ASSERT_TRUE(config);
    EXPECT_THAT(config->additions, IsEmpty());
    EXPECT_EQ(config->catalog->find_server("todo")->runtimes.front(), "http://127.0.0.1:9000/mcp");
    EXPECT_EQ(config->catalog->policies.front().effect, catalog::PolicyEffect::kDeny);
}

TEST_F(AdditionsTest, AreNeverExpanded) {
    environment_.variables = {{"HOME_SECRET", "from-the-environment"}};
    environment_.everything = "from-a-file";
    const auto config = parse_with({addition(
        Kind::kServer, "a", R"({"runtime":"http://127.0.0.1:1/mcp","title":"${HOME_SECRET}"})")});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->catalog->find_server("a")->title, "${HOME_SECRET}");
    EXPECT_THAT(problem_of({addition(Kind::kServer, "a",
                                     R"({"runtime":"http://127.0.0.1:1/mcp",)"
                                     R"("worker":{"secret":"${file:/etc/passwd}"}})")}),
                HasSubstr("`servers.a.worker.secret`: give the secret itself"));
}

TEST_F(AdditionsTest, ProblemsNameTheKeyAndHaveNoPosition) {
    EXPECT_EQ(problem_of({addition(Kind::kServer, "a", R"({"runtim":"http://127.0.0.1:1/mcp"})")}),
              "admin API: `servers.a.runtime` is missing");
    EXPECT_EQ(problem_of({addition(Kind::kServer, "a",
                                   R"({"runtime":"http://127.0.0.1:1/mcp","pth":"/x"})")}),
              "admin API: unknown key `pth` in `servers.a`; did you mean `path`?");
    EXPECT_EQ(problem_of({addition(Kind::kPolicy, "x", R"({"effect":"maybe"})")}),
              "admin API: `policies.x.effect`: expected one of allow, deny, require_scope, "
              "shadow_deny, found `maybe`");
    EXPECT_THAT(problem_of({addition(Kind::kPolicy, "x", R"({"effect":"deny"})", "nope")}),
                HasSubstr("there is no server `nope`"));
    EXPECT_THAT(
        problem_of({addition(Kind::kServer, "a b", R"({"runtime":"http://127.0.0.1:1/mcp"})")}),
        HasSubstr("is not a name"));
    EXPECT_THAT(problem_of({addition(Kind::kServer, "a",
                                     R"({"runtime":"http://127.0.0.1:1/mcp","profile":"x"})")}),
                HasSubstr("there is no profile `x`"));
}

TEST(MapSecrets, FindsEverySecretAndNothingElse) {
    const Addition server = addition(
        Kind::kServer, "a",
        R"({"runtime":"http://x/mcp","worker":{"secret":["one","two"],"secret_header":"X-S",)"
        R"("static_headers":{"X-Api-Key":"three"}},"clients":[{"id":"c","secret":"four"}]})");
    std::vector<std::string> found;
    const auto mapped =
        map_secrets(server.kind, server.object, [&](std::string_view path, std::string_view text) {
            found.push_back(std::string(path) + "=" + std::string(text));
            return json::Value("-");
        });
    EXPECT_THAT(found, ElementsAre("worker.secret=one", "worker.secret=two",
                                   "worker.static_headers.X-Api-Key=three", "clients.secret=four"));
    EXPECT_EQ(json::dump(mapped),
              R"({"runtime":"http://x/mcp","worker":{"secret":["-","-"],"secret_header":"X-S",)"
              R"("static_headers":{"X-Api-Key":"-"}},"clients":[{"id":"c","secret":"-"}]})");
}

TEST(MapSecrets, TakesANumberForASecretToo) {
    const Addition profile =
        addition(Kind::kProfile, "a", R"({"client":{"id":"g","secret":12345}})");
    EXPECT_EQ(json::dump(
                  map_secrets(profile.kind, profile.object,
                              [](std::string_view, std::string_view) { return json::Value("-"); })),
              R"({"client":{"id":"g","secret":"-"}})");
}

TEST(ExportYaml, IsAFileThatLoadsAndHoldsNoSecret) {
    const std::vector<Addition> additions{
        addition(Kind::kProfile, "notes",
                 R"({"issuer":"https://auth.example","client":{"id":"g","secret":"s3cret"},)"
                 R"("scopes":["notes"]})"),
        addition(Kind::kServer, "notes",
                 R"({"runtime":"http://127.0.0.1:9001/mcp","title":"Notes: \"all\" ${of} them",)"
                 R"("profile":"notes","worker":{"secret":"w0rker"},"sign_in":"local"})"),
        addition(Kind::kPolicy, "late",
                 R"({"effect":"deny","when":{"tools":["*"],"arguments":{"/a":{"eq":"true"}}}})",
                 "notes"),
        addition(Kind::kBudget, "calls", R"({"limit":"60 calls","window":"1m"})")};
    const std::string yaml = export_yaml(additions);
    EXPECT_THAT(yaml, testing::Not(HasSubstr("s3cret")));
    EXPECT_THAT(yaml, testing::Not(HasSubstr("w0rker")));
    EXPECT_THAT(yaml, HasSubstr("${NOTES_WORKER_SECRET}"));
    test::ConfigEnvironment environment;
    environment.variables = {{"NOTES_WORKER_SECRET", "w0rker"}, {"NOTES_CLIENT_SECRET", "s3cret"}};
    const auto config = parse(
        "public_url: https://mcp.example.com\n"
        "sign_in: {local: {enabled: true}}\n" +
            yaml,
        "g.yaml", environment.get(), {});
    ASSERT_TRUE(config) << describe(config.error().front()) << "\n" << yaml;
    const catalog::Server& notes = config->catalog->servers.front();
    EXPECT_EQ(notes.title, "Notes: \"all\" ${of} them");
    EXPECT_TRUE(notes.worker.secrets.front().matches("w0rker"));
    EXPECT_EQ(notes.policies.front().when.arguments.front().tests.front().values.front().kind,
              catalog::ArgumentValue::Kind::kString);
    EXPECT_EQ(config->catalog->budgets.front().name, "calls");
}

}  // namespace
}  // namespace gatehouse::config
