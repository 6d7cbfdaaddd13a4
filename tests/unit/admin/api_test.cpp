// SPDX-License-Identifier: Apache-2.0
#include "admin/api.h"

#include <gtest/gtest.h>

#include "admin/listing.h"
#include "support/admin_fixture.h"

namespace gatehouse::admin {
namespace {

using AdminApiTest = test::AdminFixture;

TEST_F(AdminApiTest, AddsAUserAndShowsIt) {
    const auto added = add_alice();
    ASSERT_EQ(added.status, 201) << added.body;
    const auto shown = send("GET", "/api/v1/users/alice");
    EXPECT_EQ(shown.body, added.body);
    EXPECT_EQ(shown.body.find("argon2"), std::string::npos);
    EXPECT_EQ(shown.body.find("correct horse"), std::string::npos);
}

TEST_F(AdminApiTest, MakesListsAndRevokesPersonalTokens) {
    ASSERT_EQ(add_alice().status, 201);
    const auto made = send("POST", "/api/v1/tokens",
                           R"({"user":"alice","server":"todo","tools":["a"],"expires":"1h"})");
    ASSERT_EQ(made.status, 201) << made.body;
    const auto object = json::parse_object(made.body).value();
    const std::string token = json::get_string(object, "token").value();
    const std::string id = json::get_string(object, "id").value();
    EXPECT_TRUE(token.starts_with("gth_"));
    EXPECT_TRUE(made.body.contains(R"("origin":"api")"));
    const auto listed = send("GET", "/api/v1/tokens");
    EXPECT_TRUE(listed.body.contains(id));
    EXPECT_FALSE(listed.body.contains("gth_"));
    EXPECT_EQ(send("GET", "/api/v1/tokens/" + id).status, 200);
    EXPECT_EQ(send("DELETE", "/api/v1/tokens/" + id).status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/tokens/" + id).status, 404);
    EXPECT_TRUE(trust_->live().get()->revoked_connections.contains(id));
}

TEST_F(AdminApiTest, RefusesPersonalTokensThatCannotBe) {
    ASSERT_EQ(add_alice().status, 201);
    const auto refused = [&](std::string body) {
        return send("POST", "/api/v1/tokens", std::move(body)).status;
    };
    EXPECT_EQ(refused(R"({"user":"alice"})"), 400);
    EXPECT_EQ(refused(R"({"user":"bob","server":"todo"})"), 404);
    EXPECT_EQ(refused(R"({"user":"alice","server":"none"})"), 404);
    EXPECT_EQ(refused(R"({"user":"alice","server":"todo","expires":"soon"})"), 400);
    EXPECT_EQ(refused(R"({"user":"alice","server":"todo","tools":"a"})"), 400);
    EXPECT_EQ(refused(R"({"user":"alice","server":"todo","token":"gth_x"})"), 400);
}

TEST_F(AdminApiTest, RotatesAndRemovesKeys) {
    using Rotation = oauth::SigningKeys::Rotation;
    EXPECT_EQ(send("POST", "/api/v1/keys/rotate").status, 201);
    EXPECT_EQ(rotation_, Rotation::kAfterCacheTime);
    EXPECT_EQ(send("POST", "/api/v1/keys/rotate", R"({"when":"now"})").status, 201);
    EXPECT_EQ(rotation_, Rotation::kSoon);
    EXPECT_EQ(send("POST", "/api/v1/keys/rotate", R"({"when":"soon"})").status, 400);
    EXPECT_EQ(send("DELETE", "/api/v1/keys/k1").status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/keys/k2").status, 404);
}

TEST_F(AdminApiTest, DisablesAndEnablesClients) {
    const std::string path = "/api/v1/clients/desktop";
    EXPECT_EQ(send("PATCH", path, R"({"disabled":true})").status, 200);
    EXPECT_EQ(client_store_->find("http://127.0.0.1:8080", "desktop")->state,
              oauth::ClientState::kDisabled);
    EXPECT_EQ(send("PATCH", path, R"({"disabled":false})").status, 200);
    EXPECT_EQ(client_store_->find("http://127.0.0.1:8080", "desktop")->state,
              oauth::ClientState::kEnabled);
    // What the file defines is changed there.
    EXPECT_EQ(send("PATCH", path, R"({"name":"Other"})").status, 409);
    EXPECT_EQ(send("DELETE", path).status, 409);
    EXPECT_EQ(send("PATCH", "/api/v1/clients/gone", R"({"name":"Other"})").status, 400);
    EXPECT_EQ(send("PATCH", "/api/v1/clients/nobody", R"({"disabled":true})").status, 404);
    EXPECT_EQ(send("PATCH", path, R"({"disabled":true})", {}, "\"stale\"").status, 412);
}

TEST_F(AdminApiTest, BlocksHostsOfClients) {
    const auto blocked =
        send("POST", "/api/v1/blocks", R"({"kind":"redirect_host","host":"Evil.example"})");
    ASSERT_EQ(blocked.status, 201) << blocked.body;
    EXPECT_TRUE(blocked.body.contains(R"("id":"redirect_host:evil.example")"));
    EXPECT_EQ(
        send("POST", "/api/v1/blocks", R"({"kind":"redirect_host","host":"evil.example"})").status,
        200);
    EXPECT_TRUE(send("GET", "/api/v1/blocks").body.contains("evil.example"));
    EXPECT_EQ(send("POST", "/api/v1/blocks", R"({"kind":"redirect_host","host":"*"})").status, 400);
    EXPECT_EQ(send("POST", "/api/v1/blocks", R"({"kind":"host","host":"x"})").status, 400);
    EXPECT_EQ(send("DELETE", "/api/v1/blocks/redirect_host%3Aevil.example").status, 204);
    EXPECT_EQ(send("DELETE", "/api/v1/blocks/redirect_host%3Aevil.example").status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/blocks/nothing").status, 404);
}

TEST_F(AdminApiTest, RefusesASecondUserOfTheSameName) {
    ASSERT_EQ(add_alice().status, 201);
    EXPECT_EQ(add_alice().status, 409);
}

TEST_F(AdminApiTest, RefusesAnUnknownMember) {
    const auto refused = send("POST", "/api/v1/users", R"({"name":"bob","role":"admin"})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("role"), std::string::npos);
}

TEST_F(AdminApiTest, DisablesAndRemovesAUser) {
    ASSERT_EQ(add_alice().status, 201);
    const auto disabled = send("PATCH", "/api/v1/users/alice", R"({"disabled":true})");
    EXPECT_NE(disabled.body.find(R"("disabled":true)"), std::string::npos);
    EXPECT_EQ(send("DELETE", "/api/v1/users/alice").status, 204);
    EXPECT_EQ(send("GET", "/api/v1/users/alice").status, 404);
}

TEST_F(AdminApiTest, ChangesGroupsAndEmailOfALocalUser) {
    ASSERT_EQ(add_alice().status, 201);
    const auto changed =
        send("PATCH", "/api/v1/users/alice", R"({"groups":["ops"],"email":"a@example.org"})");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_NE(changed.body.find(R"("groups":["ops"])"), std::string::npos) << changed.body;
    EXPECT_EQ(send("GET", "/api/v1/users/a@example.org").status, 200);
}

TEST_F(AdminApiTest, RefusesAChangeOfWhatIsNoLongerAsItWasRead) {
    const auto added = add_alice();
    const std::string read(added.headers.get("ETag").value_or(""));
    ASSERT_FALSE(read.empty());
    EXPECT_EQ(send("PATCH", "/api/v1/users/alice", R"({"groups":["a"]})", {}, read).status, 200);
    EXPECT_EQ(send("PATCH", "/api/v1/users/alice", R"({"groups":["b"]})", {}, read).status, 412);
    EXPECT_EQ(send("DELETE", "/api/v1/users/alice", {}, {}, read).status, 412);
    EXPECT_EQ(send("DELETE", "/api/v1/users/alice", {}, {}, "*").status, 204);
}

TEST_F(AdminApiTest, ShowsEachItemOfAList) {
    for (const char* path :
         {"/api/v1/servers/todo", "/api/v1/profiles/todo", "/api/v1/clients/desktop"}) {
        const auto shown = send("GET", path);
        EXPECT_EQ(shown.status, 200) << path;
        EXPECT_NE(shown.body.find(R"("origin":"file")"), std::string::npos) << shown.body;
        EXPECT_EQ(shown.body.find("very-secret"), std::string::npos) << shown.body;
    }
    EXPECT_EQ(send("GET", "/api/v1/servers/nope").status, 404);
}

TEST_F(AdminApiTest, LeavesWhatTheFileDefinesToTheFile) {
    for (const char* path :
         {"/api/v1/servers/todo", "/api/v1/profiles/todo", "/api/v1/clients/desktop"}) {
        EXPECT_EQ(send("PATCH", path, R"({"title":"x"})").status, 409) << path;
        EXPECT_EQ(send("DELETE", path).status, 409) << path;
    }
    EXPECT_EQ(send("DELETE", "/api/v1/servers/nope").status, 404);
}

TEST_F(AdminApiTest, AnswersUnknownAddressesAsProblems) {
    const auto unknown = send("GET", "/api/v1/nope");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.headers.get("Content-Type"), "application/problem+json");
}

TEST_F(AdminApiTest, RecordsEveryChange) {
    ASSERT_EQ(add_alice().status, 201);
    const auto logs = send("GET", "/api/v1/logs", {}, "event=admin.action");
    EXPECT_NE(logs.body.find("users.add"), std::string::npos) << logs.body;
}

TEST_F(AdminApiTest, ShowsSecretsAsFingerprintsOnly) {
    for (const char* path : {"/api/v1/servers", "/api/v1/profiles"}) {
        const auto shown = send("GET", path);
        ASSERT_EQ(shown.status, 200);
        EXPECT_NE(shown.body.find("sha256:"), std::string::npos);
        EXPECT_EQ(shown.body.find("very-secret"), std::string::npos);
    }
}

TEST_F(AdminApiTest, PagesThroughLogsByCursor) {
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(events_->record({.name = "sign_in"}));
    }
    const auto first = json::parse_object(send("GET", "/api/v1/logs", {}, "limit=3").body);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->at("items").as_array().size(), 3U);
    const auto second = json::parse_object(
        send("GET", "/api/v1/logs", {}, "limit=3&cursor=" + *json::get_string(*first, "next"))
            .body);
    EXPECT_EQ(second->at("items").as_array().size(), 2U);
    EXPECT_TRUE(second->at("next").is_null());
}

TEST_F(AdminApiTest, RefusesAMalformedLogQuery) {
    EXPECT_EQ(send("GET", "/api/v1/logs", {}, "limit=0").status, 400);
    EXPECT_EQ(send("GET", "/api/v1/logs", {}, "cursor=abc").status, 400);
    EXPECT_EQ(send("GET", "/api/v1/logs", {}, "since=yesterday").status, 400);
}

TEST_F(AdminApiTest, SaysWhatItDoesNotKnow) {
    EXPECT_EQ(send("DELETE", "/api/v1/connections/nope").status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/grants/nope").status, 404);
    EXPECT_EQ(send("GET", "/api/v1/nope").status, 404);
    EXPECT_EQ(send("PUT", "/api/v1/users").status, 405);
}

TEST(AdminListing, CutsPagesInOrderOfIds) {
    const std::vector<json::Object> items{{{"id", "c"}}, {{"id", "a"}}, {{"id", "b"}}};
    const Page first = cut_page(items, {.limit = 2});
    EXPECT_EQ(first.items.size(), 2U);
    EXPECT_EQ(first.next, "b");
    const Page second = cut_page(items, {.limit = 2, .cursor = first.next});
    ASSERT_EQ(second.items.size(), 1U);
    EXPECT_EQ(second.items[0].at("id").as_string(), "c");
    EXPECT_TRUE(second.next.empty());
}

TEST_F(AdminApiTest, ShowsBudgetsWithWhatIsUsed) {
    auto catalog = std::make_shared<catalog::Catalog>(*catalog_.get());
    const catalog::Budget minute{.name = "minute",
                                 .server = {},
                                 .per = {catalog::BudgetKey::kUser},
                                 .when = {.tools = {"a*"}},
                                 .unit = catalog::BudgetUnit::kCalls,
                                 .limit = 60,
                                 .window = catalog::BudgetWindow::kMinute,
                                 .warn_at = 80};
    catalog->budgets = {minute};
    catalog::Budget slots = minute;
    slots.name = "slots";
    slots.server = catalog->servers.front().name;
    slots.unit = catalog::BudgetUnit::kConcurrent;
    slots.window = catalog::BudgetWindow::kNone;
    slots.warn_at = 0;
    catalog->servers.front().budgets = {slots};
    catalog_.set(catalog);
    const budget::Plan plan(*catalog, catalog->servers.front());
    budget::Purse purse(*ledger_, clock_);
    for (const char* user : {"u1", "u1", "u2"}) {
        budget::Hold hold;
        const std::vector<budget::Request> one{{"tools/call", "add"}};
        while (purse.reserve(plan, {.user = user}, one, hold) == budget::Verdict::kWait) {
            (void)purse.ask(
                [](const std::function<void()>& work) {
                    work();
                    return true;
                },
                [](bool) {});
        }
        purse.settle(hold, 0);
    }
    const auto body = json::parse_object(send("GET", "/api/v1/budgets").body);
    ASSERT_TRUE(body);
    const auto& items = body->at("items").as_array();
    ASSERT_EQ(items.size(), 2U);
    const auto& shown = items[0].as_object();
    EXPECT_EQ(shown.at("id").as_string(), "minute");
    EXPECT_EQ(shown.at("origin").as_string(), "file");
    EXPECT_EQ(shown.at("limit").as_string(), "60 calls");
    EXPECT_EQ(shown.at("window").as_string(), "1m");
    EXPECT_EQ(shown.at("warn_at").as_string(), "80%");
    EXPECT_EQ(shown.at("used").as_int64(), 2) << "of whoever used most, and no lease counts";
    EXPECT_EQ(shown.at("remaining").as_int64(), 58);
    EXPECT_TRUE(shown.contains("resets_at"));
    ASSERT_EQ(shown.at("use").as_array().size(), 2U);
    const auto& second = shown.at("use").as_array()[1].as_object();
    EXPECT_EQ(second.at("key").as_object().at("user").as_string(), "u2");
    EXPECT_EQ(second.at("used").as_int64(), 1);
    EXPECT_EQ(items[1].as_object().at("id").as_string(), slots.server + ":slots");
    EXPECT_EQ(items[1].as_object().at("used").as_int64(), 0);
    EXPECT_FALSE(items[1].as_object().contains("window"));

    const auto page =
        json::parse_object(send("GET", "/api/v1/budgets/minute/use", {}, "limit=1").body);
    EXPECT_EQ(page->at("items").as_array().size(), 1U);
    EXPECT_EQ(page->at("next").as_string(), "user=u1");
    EXPECT_EQ(send("GET", "/api/v1/budgets/nope/use").status, 404);
    EXPECT_EQ(send("GET", "/api/v1/budgets/minute").status, 200);
    EXPECT_EQ(send("DELETE", "/api/v1/budgets/minute").status, 409);
}

TEST_F(AdminApiTest, PausesAndResumes) {
    ASSERT_EQ(add_alice().status, 201);
    const std::string server = catalog_.get()->servers.front().name;
    const auto added = send("POST", "/api/v1/pauses", R"({"kind":"user","name":"alice"})");
    ASSERT_EQ(added.status, 201) << added.body;
    const auto pause = json::parse_object(added.body);
    EXPECT_EQ(json::get_string(*pause, "name"), "alice");
    const auto id = json::get_string(*pause, "target").value_or("");
    EXPECT_TRUE(pauses_->live().get()->has_user(id)) << "by id, whatever the operator typed";
    EXPECT_EQ(send("POST", "/api/v1/pauses", R"({"kind":"user","name":"alice"})").status, 200)
        << "twice is no error";
    EXPECT_EQ(
        send("POST", "/api/v1/pauses", R"({"kind":"tool","name":")" + server + R"(/add"})").status,
        201);
    EXPECT_TRUE(pauses_->live().get()->has_tool(server, "add"));
    const auto list = json::parse_object(send("GET", "/api/v1/pauses").body);
    EXPECT_EQ(list->at("items").as_array().size(), 2U);
    EXPECT_EQ(send("DELETE", "/api/v1/pauses/user:alice").status, 204);
    EXPECT_FALSE(pauses_->live().get()->has_user(id));
    EXPECT_EQ(send("DELETE", "/api/v1/pauses/user:alice").status, 404);
    EXPECT_EQ(send("DELETE", "/api/v1/pauses/tool:" + server + "%2Fadd").status, 204);
    EXPECT_TRUE(pauses_->live().get()->is_empty());
}

TEST_F(AdminApiTest, PausesOnlyWhatThereIs) {
    for (const char* body :
         {R"({"kind":"server","name":"nope"})", R"({"kind":"tool","name":"nope/add"})",
          R"({"kind":"user","name":"nope"})", R"({"kind":"client","name":"nope"})"}) {
        const auto refused = send("POST", "/api/v1/pauses", body);
        EXPECT_EQ(refused.status, 404) << body;
        EXPECT_NE(refused.body.find("there is no"), std::string::npos) << refused.body;
    }
    for (const char* body :
         {R"({"kind":"tool","name":"todo"})", R"({"kind":"moon","name":"x"})", R"({"kind":"user"})",
          R"({"kind":"server","name":"todo","x":1})", "[]"}) {
        EXPECT_EQ(send("POST", "/api/v1/pauses", body).status, 400) << body;
    }
}

}  // namespace
}  // namespace gatehouse::admin
