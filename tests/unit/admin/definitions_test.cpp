// SPDX-License-Identifier: Apache-2.0
#include "admin/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/random.h"
#include "support/admin_fixture.h"

namespace gatehouse::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kNotes =
    R"({"name":"notes","runtime":"http://127.0.0.1:9001/mcp","worker":{"secret":"w0rker-secret"}})";

class DefinitionsTest : public test::DefinitionsFixture {
  protected:
    static std::string etag_of(const http::Response& response) {
        return std::string(response.headers.get("ETag").value_or(""));
    }
};

TEST_F(DefinitionsTest, AServerIsThereAtOnceAndAfterARestart) {
    const auto made = send("POST", "/api/v1/servers", std::string(kNotes));
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_THAT(made.body, HasSubstr(R"("origin":"api")"));
    EXPECT_THAT(made.body, HasSubstr(R"("url":"https://mcp.example.com/notes/mcp")"));
    ASSERT_NE(catalog_.get()->find_server("notes"), nullptr);
    start();
    ASSERT_NE(catalog_.get()->find_server("notes"), nullptr);
    EXPECT_TRUE(
        catalog_.get()->find_server("notes")->worker.secrets.front().matches("w0rker-secret"));
    EXPECT_EQ(send("DELETE", "/api/v1/servers/notes").status, 204);
    EXPECT_EQ(catalog_.get()->find_server("notes"), nullptr);
    EXPECT_EQ(send("GET", "/api/v1/servers/notes").status, 404);
}

TEST_F(DefinitionsTest, SecretsAreSealedAtRestAndShownAsFingerprints) {
    ASSERT_EQ(send("POST", "/api/v1/servers", std::string(kNotes)).status, 201);
    const auto rows = database_->query("SELECT box FROM definitions", {});
    ASSERT_TRUE(rows && rows->size() == 1);
    EXPECT_THAT(rows->front().blob(0), Not(HasSubstr("w0rker-secret")));
    for (const char* path :
         {"/api/v1/servers", "/api/v1/servers/notes", "/api/v1/export", "/api/v1/logs"}) {
        const auto shown = send("GET", path);
        EXPECT_EQ(shown.status, 200) << path;
        EXPECT_THAT(shown.body, HasSubstr("notes")) << path;
        EXPECT_THAT(shown.body, Not(HasSubstr("w0rker-secret"))) << path;
    }
    EXPECT_THAT(send("GET", "/api/v1/servers/notes").body, HasSubstr(R"("secret":"sha256:)"));
}

TEST_F(DefinitionsTest, WhatTheFileDefinesIsReadOnly) {
    EXPECT_EQ(send("PATCH", "/api/v1/servers/todo", R"({"title":"x"})").status, 409);
    EXPECT_EQ(send("DELETE", "/api/v1/servers/todo").status, 409);
    EXPECT_EQ(
        send("POST", "/api/v1/servers", R"({"name":"todo","runtime":"http://127.0.0.1:1/mcp"})")
            .status,
        409);
    EXPECT_EQ(send("POST", "/api/v1/policies", R"({"name":"base","effect":"allow"})").status, 409);
    EXPECT_EQ(send("DELETE", "/api/v1/servers/nope").status, 404);
}

TEST_F(DefinitionsTest, ChangesOnlyWhatIsAsItWasRead) {
    const auto made = send("POST", "/api/v1/servers", std::string(kNotes));
    const auto read = send("GET", "/api/v1/servers/notes");
    EXPECT_EQ(etag_of(made), etag_of(read));
    const auto changed =
        send("PATCH", "/api/v1/servers/notes", R"({"title":"Notes"})", {}, etag_of(read));
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_NE(etag_of(changed), etag_of(read));
    EXPECT_EQ(send("PATCH", "/api/v1/servers/notes", R"({"title":"B"})", {}, etag_of(read)).status,
              412);
    EXPECT_EQ(send("DELETE", "/api/v1/servers/notes", {}, {}, etag_of(read)).status, 412);
    EXPECT_EQ(catalog_.get()->find_server("notes")->title, "Notes");
    EXPECT_EQ(send("PATCH", "/api/v1/servers/notes", R"({"title":null})").status, 200);
    EXPECT_EQ(catalog_.get()->find_server("notes")->title, "notes");
}

TEST_F(DefinitionsTest, AFingerprintThatComesBackMeansTheSecretThatIsThere) {
    const auto made = send("POST", "/api/v1/servers", std::string(kNotes));
    const auto object = json::parse_object(made.body);
    const json::Object worker = object->at("defined").as_object().at("worker").as_object();
    ASSERT_EQ(send("PATCH", "/api/v1/servers/notes",
                   json::dump(json::Object{{"title", "Notes"}, {"worker", worker}}))
                  .status,
              200);
    EXPECT_TRUE(
        catalog_.get()->find_server("notes")->worker.secrets.front().matches("w0rker-secret"));
}

TEST_F(DefinitionsTest, ADryRunSaysWhatWouldBeAndChangesNothing) {
    const auto tried = send("POST", "/api/v1/servers", std::string(kNotes), "dry_run=true");
    EXPECT_EQ(tried.status, 200) << tried.body;
    EXPECT_THAT(tried.body, HasSubstr(R"("dry_run":true)"));
    EXPECT_THAT(tried.body, Not(HasSubstr("w0rker-secret")));
    EXPECT_EQ(catalog_.get()->find_server("notes"), nullptr);
    const auto wrong =
        send("POST", "/api/v1/servers", R"({"name":"n","runtime":"nope"})", "dry_run=true");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_THAT(wrong.body, HasSubstr("servers.n.runtime"));
    EXPECT_THAT(send("GET", "/api/v1/logs").body, Not(HasSubstr("servers.add")));
}

TEST_F(DefinitionsTest, EveryProblemIsNamedByItsKey) {
    const auto refused = send("POST", "/api/v1/servers",
                              R"({"name":"n","runtime":"nope","acess":{},"profile":"x"})");
    EXPECT_EQ(refused.status, 400);
    const auto object = json::parse_object(refused.body);
    ASSERT_TRUE(object && object->contains("errors")) << refused.body;
    EXPECT_GE(object->at("errors").as_array().size(), 2U);
    EXPECT_THAT(refused.body, HasSubstr(R"("path":"servers.n.acess")"));
    EXPECT_THAT(refused.body, HasSubstr("did you mean `access`?"));
    EXPECT_EQ(refused.headers.get("Content-Type"), "application/problem+json");
    EXPECT_EQ(send("POST", "/api/v1/servers", R"({"runtime":"http://127.0.0.1:1/mcp"})").status,
              400);
    EXPECT_EQ(send("POST", "/api/v1/servers", "[]").status, 400);
}

TEST_F(DefinitionsTest, PoliciesBudgetsAndProfilesAreMadeToo) {
    ASSERT_EQ(send("POST", "/api/v1/profiles",
                   R"({"name":"p","issuer":"https://auth.example","client":{"id":"g"}})")
                  .status,
              201);
    const auto server = send("POST", "/api/v1/servers",
                             R"({"name":"n","runtime":"http://127.0.0.1:1/mcp","profile":"p"})");
    ASSERT_EQ(server.status, 201) << server.body;
    const auto policy =
        send("POST", "/api/v1/policies",
             R"({"name":"no-x","server":"todo","effect":"deny","when":{"tools":["x"]}})");
    ASSERT_EQ(policy.status, 201) << policy.body;
    EXPECT_EQ(catalog_.get()->find_server("todo")->policies.front().name, "no-x");
    EXPECT_EQ(send("PATCH", "/api/v1/policies/todo:no-x", R"({"effect":"shadow_deny"})").status,
              200);
    EXPECT_EQ(catalog_.get()->find_server("todo")->policies.front().effect,
              catalog::PolicyEffect::kShadowDeny);
    EXPECT_EQ(send("PATCH", "/api/v1/policies/todo:no-x", R"({"server":"n"})").status, 400);
    const auto budget = send("POST", "/api/v1/budgets",
                             R"({"name":"b","limit":"60 calls","window":"1m","per":["user"]})");
    ASSERT_EQ(budget.status, 201) << budget.body;
    EXPECT_EQ(catalog_.get()->budgets.front().limit, 60U);
    EXPECT_EQ(send("DELETE", "/api/v1/budgets/b").status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/policies/todo:no-x").status, 204);
}

TEST_F(DefinitionsTest, WhatIsStillNeededCannotBeRemoved) {
    ASSERT_EQ(send("POST", "/api/v1/profiles",
                   R"({"name":"p","issuer":"https://auth.example","client":{"id":"g"}})")
                  .status,
              201);
    ASSERT_EQ(send("POST", "/api/v1/servers",
                   R"({"name":"n","runtime":"http://127.0.0.1:1/mcp","profile":"p"})")
                  .status,
              201);
    const auto refused = send("DELETE", "/api/v1/profiles/p");
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr("servers.n.profile"));
    EXPECT_NE(catalog_.get()->find_profile("p"), nullptr);
}

TEST_F(DefinitionsTest, AChangedFileIsHeldAgainstWhatTheApiMade) {
    ASSERT_EQ(
        send("POST", "/api/v1/policies", R"({"name":"x","server":"todo","effect":"deny"})").status,
        201);
    const std::string without =
        "public_url: https://mcp.example.com\nsign_in: {local: {enabled: true}}\n";
    const auto loaded = definitions_->check(without);
    ASSERT_FALSE(loaded);
    EXPECT_THAT(describe(loaded.error().front()), HasSubstr("there is no server `todo`"));
    ASSERT_EQ(send("POST", "/api/v1/servers", std::string(kNotes)).status, 201);
    start(std::string(test::kConfigurationFile) +
          "  notes: {runtime: \"http://127.0.0.1:2/mcp\"}\n");
    EXPECT_EQ(catalog_.get()->find_server("notes")->runtimes.front(), "http://127.0.0.1:2/mcp")
        << "the file counts";
    EXPECT_EQ(send("PATCH", "/api/v1/servers/notes", R"({"title":"x"})").status, 409);
}

TEST_F(DefinitionsTest, AnotherReplicaTakesTheChangeOver) {
    Definitions other(environment_, clock_);
    ASSERT_TRUE(other.open(*store_, crypto::Sealer(keys_, "definitions"), "g.yaml",
                           std::string(test::kConfigurationFile)));
    std::shared_ptr<const catalog::Catalog> seen;
    other.publish_to([&](std::shared_ptr<const catalog::Catalog> next) { seen = std::move(next); });
    ASSERT_TRUE(other.refresh());
    EXPECT_EQ(seen, nullptr) << "nothing changed";
    ASSERT_EQ(send("POST", "/api/v1/servers", std::string(kNotes)).status, 201);
    const auto late = other.apply(
        {.what = {.kind = config::Addition::Kind::kBudget,
                  .name = "b",
                  .server = {},
                  .object = *json::parse_object(R"({"limit":"1 calls","window":"1m"})")}},
        Definitions::Mode::kKeep);
    ASSERT_FALSE(late) << "it was not held against what the first replica made";
    EXPECT_EQ(late.error().error.code, ErrorCode::kConflict);
    ASSERT_TRUE(other.refresh());
    ASSERT_NE(seen, nullptr);
    EXPECT_NE(seen->find_server("notes"), nullptr);
}

TEST_F(DefinitionsTest, ARotatedMasterKeySealsAnewAndAForeignOneOpensNothing) {
    ASSERT_EQ(send("POST", "/api/v1/servers", std::string(kNotes)).status, 201);
    const std::vector<Secret> foreign{Secret(crypto::random_bytes(32))};
    Definitions stranger(environment_, clock_);
    const auto refused = stranger.open(*store_, crypto::Sealer(foreign, "definitions"), "g.yaml",
                                       std::string(test::kConfigurationFile));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
    const Secret next(crypto::random_bytes(32));
    keys_ = {next, keys_.front()};
    start();
    keys_ = {next};
    start();
    EXPECT_NE(catalog_.get()->find_server("notes"), nullptr);
}

TEST_F(DefinitionsTest, TheRecordHasWhatWasAndWhatIs) {
    ASSERT_EQ(send("POST", "/api/v1/servers", std::string(kNotes)).status, 201);
    ASSERT_EQ(send("PATCH", "/api/v1/servers/notes", R"({"title":"Notes"})").status, 200);
    const auto logs = send("GET", "/api/v1/logs", {}, "event=admin.action&server=notes");
    EXPECT_THAT(logs.body, HasSubstr(R"("action":"servers.change")"));
    EXPECT_THAT(logs.body, HasSubstr(R"("by":"admin.token")"));
    EXPECT_THAT(logs.body, HasSubstr(R"("title":"Notes")"));
}

}  // namespace
}  // namespace gatehouse::admin
