// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "crypto/digest.h"
#include "support/admin_fixture.h"

namespace gatehouse::admin {
namespace {

/// A path that the pattern takes.
std::string path_of(std::string pattern) {
    for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{')) {
        pattern.replace(open, pattern.find('}', open) - open + 1, "x");
    }
    if (pattern.ends_with('*')) {
        pattern.back() = 'x';
    }
    return pattern;
}

using Route = std::pair<std::string, std::string>;

/// What may be had without a credential.
const std::set<Route> kOpen{{"GET", "/healthz"}, {"POST", "/api/v1/session"}};
/// Who gets in is for admins to say.
const std::set<Route> kAdminOnly{
    {"POST", "/api/v1/api-keys"},           {"DELETE", "/api/v1/api-keys/{id}"},
    {"POST", "/api/v1/admin-token/rotate"}, {"POST", "/api/v1/tokens"},
    {"POST", "/api/v1/keys/rotate"},        {"DELETE", "/api/v1/keys/{id}"}};
/// Signing out changes nothing but the browser's own session.
const std::set<Route> kForViewers{{"DELETE", "/api/v1/session"}};
/// All that is kept of a person is not for everybody who may look.
const std::set<Route> kForOperators{{"GET", "/api/v1/users/{id}/export"}};

Role least_role(const Route& route) {
    if (kAdminOnly.contains(route)) {
        return Role::kAdmin;
    }
    if (kForOperators.contains(route)) {
        return Role::kOperator;
    }
    return route.first == "GET" || kForViewers.contains(route) ? Role::kViewer : Role::kOperator;
}

class RolesTest : public test::DefinitionsFixture {
  protected:
    /// Every route but those that are open, with a path for each.
    std::vector<std::pair<Route, std::string>> guarded_routes() const {
        std::vector<std::pair<Route, std::string>> routes;
        for (const auto& [method, pattern] : router_.names()) {
            if (!kOpen.contains({method, pattern}) && pattern.starts_with("/api/")) {
                routes.push_back({{method, pattern}, path_of(pattern)});
            }
        }
        return routes;
    }

    std::string key_of(Role role) {
        const auto made = api_keys_->add(
            {.name = std::string(role_name(role)), .role = role, .expires_at = {}, .made_by = {}});
        return made ? std::string(made->text.reveal()) : "";
    }
};

TEST_F(RolesTest, NoRouteAnswersWithoutACredential) {
    ASSERT_GT(guarded_routes().size(), 25U);
    for (const auto& [route, path] : guarded_routes()) {
        EXPECT_EQ(send_as("", route.first, path).status, 401) << route.first << " " << path;
        EXPECT_EQ(send_as("nobodys-key", route.first, path).status, 401)
            << route.first << " " << path;
    }
}

TEST_F(RolesTest, EveryRouteHoldsToItsRole) {
    for (const Role role : {Role::kViewer, Role::kOperator, Role::kAdmin}) {
        const std::string key = key_of(role);
        for (const auto& [route, path] : guarded_routes()) {
            const int status = send_as(key, route.first, path).status;
            if (role < least_role(route)) {
                EXPECT_EQ(status, 403) << role_name(role) << " " << route.first << " " << path;
            } else {
                EXPECT_TRUE(status != 401 && status != 403)
                    << role_name(role) << " " << route.first << " " << path << ": " << status;
            }
        }
    }
}

TEST_F(RolesTest, AnApiKeyIsShownOnceAndKnownByItsDigestOnly) {
    const auto made =
        send("POST", "/api/v1/api-keys", R"({"name":"ci","role":"viewer","expires":"1h"})");
    ASSERT_EQ(made.status, 201) << made.body;
    const auto object = json::parse_object(made.body);
    ASSERT_TRUE(object);
    const std::string key = json::get_string(*object, "key").value_or("");
    ASSERT_TRUE(key.starts_with("ghk_")) << key;
    EXPECT_EQ(send_as(key, "GET", "/api/v1/status").status, 200);
    for (const char* path : {"/api/v1/api-keys", "/api/v1/api-keys/ci", "/api/v1/logs"}) {
        const auto shown = send("GET", path);
        EXPECT_EQ(shown.status, 200) << path;
        EXPECT_EQ(shown.body.find(key), std::string::npos) << path;
        EXPECT_EQ(shown.body.find(crypto::token_digest(key)), std::string::npos) << path;
    }
}

TEST_F(RolesTest, AnApiKeyEndsWithItsTimeAndWithItsRevocation) {
    const auto made = api_keys_->add({.name = "short",
                                      .role = Role::kViewer,
                                      .expires_at = clock_.now() + std::chrono::hours(1),
                                      .made_by = {}});
    ASSERT_TRUE(made);
    const std::string key(made->text.reveal());
    clock_.advance(std::chrono::minutes(59));
    EXPECT_EQ(send_as(key, "GET", "/api/v1/status").status, 200);
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(send_as(key, "GET", "/api/v1/status").status, 401);
    const std::string other = key_of(Role::kOperator);
    EXPECT_EQ(send_as(other, "GET", "/api/v1/status").status, 200);
    EXPECT_EQ(send("DELETE", "/api/v1/api-keys/operator").status, 204);
    EXPECT_EQ(send_as(other, "GET", "/api/v1/status").status, 401);
    EXPECT_EQ(send("DELETE", "/api/v1/api-keys/operator").status, 404);
}

TEST_F(RolesTest, RefusesASecondKeyOfTheSameNameAndBadOnes) {
    const std::string body = R"({"name":"ci","role":"viewer"})";
    EXPECT_EQ(send("POST", "/api/v1/api-keys", body).status, 201);
    EXPECT_EQ(send("POST", "/api/v1/api-keys", body).status, 409);
    EXPECT_EQ(send("POST", "/api/v1/api-keys", R"({"name":"x","role":"root"})").status, 400);
    EXPECT_EQ(send("POST", "/api/v1/api-keys", R"({"name":"","role":"viewer"})").status, 400);
    EXPECT_EQ(
        send("POST", "/api/v1/api-keys", R"({"name":"x","role":"viewer","expires":"0s"})").status,
        400);
    EXPECT_EQ(
        send("POST", "/api/v1/api-keys", R"({"name":"x","role":"viewer","scope":"a"})").status,
        400);
}

TEST_F(RolesTest, ARotatedAdminTokenTakesThePlaceOfTheOneBefore) {
    const auto rotated = send("POST", "/api/v1/admin-token/rotate");
    ASSERT_EQ(rotated.status, 201) << rotated.body;
    const auto object = json::parse_object(rotated.body);
    const std::string token = json::get_string(*object, "token").value_or("");
    EXPECT_EQ(send("GET", "/api/v1/status").status, 401);
    EXPECT_EQ(send_as(token, "GET", "/api/v1/status").status, 200);
}

TEST_F(RolesTest, ARecordTellsWhoChangedWhatFromWhatToWhat) {
    ASSERT_EQ(send("POST", "/api/v1/users",
                   R"({"name":"alice","email":"a@example.com","password":"correct horse"})")
                  .status,
              201);
    const std::string key = key_of(Role::kOperator);
    ASSERT_EQ(send_as(key, "PATCH", "/api/v1/users/alice",
                      R"({"groups":["ops"],"password":"another one"})")
                  .status,
              200);
    const auto logs = send("GET", "/api/v1/logs", {}, "event=admin.action");
    EXPECT_NE(logs.body.find(R"("by":"operator")"), std::string::npos) << logs.body;
    EXPECT_NE(logs.body.find(R"("before":{"id")"), std::string::npos) << logs.body;
    EXPECT_NE(logs.body.find(R"("groups":["ops"])"), std::string::npos) << logs.body;
    EXPECT_NE(logs.body.find(R"("password":"changed")"), std::string::npos) << logs.body;
    EXPECT_EQ(logs.body.find("another one"), std::string::npos);
}

class ConsoleSignInTest : public RolesTest {
  protected:
    http::Response sign_in(const std::string& credential, const std::string& cookie = {}) {
        http::Request request =
            request_for("", "POST", "/api/v1/session", R"({"credential":")" + credential + R"("})");
        if (!cookie.empty()) {
            request.headers.set("Cookie", cookie);
        }
        return handle(request);
    }

    static std::string cookie_of(const http::Response& response) {
        const std::string field(response.headers.get("Set-Cookie").value_or(""));
        return field.substr(0, field.find(';'));
    }

    static std::string anti_forgery_of(const http::Response& response) {
        const auto object = json::parse_object(response.body);
        return object ? json::get_string(*object, "anti_forgery").value_or("") : "";
    }

    /// A change with everything that a signed-in console sends; each test spoils one thing.
    http::Request change(const http::Response& signed_in) {
        http::Request request =
            request_for("", "POST", "/api/v1/pauses", R"({"kind":"server","name":"todo"})");
        request.headers.set("Cookie", cookie_of(signed_in));
        request.headers.set("Origin", "http://127.0.0.1:9901");
        request.headers.set("Sec-Fetch-Site", "same-origin");
        request.headers.set("X-Gatehouse-Anti-Forgery", anti_forgery_of(signed_in));
        return request;
    }
};

TEST_F(ConsoleSignInTest, ACookieStandsForTheCredentialAndIsOutOfScriptsReach) {
    const auto signed_in = sign_in("the-admin-token");
    ASSERT_EQ(signed_in.status, 201) << signed_in.body;
    const std::string field(signed_in.headers.get("Set-Cookie").value_or(""));
    EXPECT_NE(field.find("HttpOnly"), std::string::npos);
    EXPECT_NE(field.find("SameSite=Strict"), std::string::npos);
    EXPECT_EQ(field.find("the-admin-token"), std::string::npos);
    EXPECT_EQ(handle(change(signed_in)).status, 201);
}

TEST_F(ConsoleSignInTest, RefusesAWrongCredential) {
    EXPECT_EQ(sign_in("the-admin-tokem").status, 401);
    EXPECT_EQ(sign_in("").status, 401);
}

TEST_F(ConsoleSignInTest, RefusesAChangeWithoutTheAntiForgeryToken) {
    auto request = change(sign_in("the-admin-token"));
    request.headers.remove("X-Gatehouse-Anti-Forgery");
    EXPECT_EQ(handle(request).status, 403);
    request.headers.set("X-Gatehouse-Anti-Forgery", "guessed");
    EXPECT_EQ(handle(request).status, 403);
}

TEST_F(ConsoleSignInTest, RefusesAChangeFromAnotherPortOfThisMachine) {
    auto request = change(sign_in("the-admin-token"));
    request.headers.set("Sec-Fetch-Site", "same-site");
    EXPECT_EQ(handle(request).status, 403);
    request = change(sign_in("the-admin-token"));
    request.headers.set("Origin", "http://127.0.0.1:9000");
    EXPECT_EQ(handle(request).status, 403);
}

TEST_F(ConsoleSignInTest, MakesANewSessionWhateverTheBrowserBrings) {
    const std::string planted = "gatehouse_admin=chosen-by-somebody-else";
    const auto signed_in = sign_in("the-admin-token", planted);
    EXPECT_NE(cookie_of(signed_in), planted);
    auto request = change(signed_in);
    request.headers.set("Cookie", planted);
    EXPECT_EQ(handle(request).status, 401);
    const auto again = sign_in("the-admin-token", cookie_of(signed_in));
    EXPECT_NE(cookie_of(again), cookie_of(signed_in));
    EXPECT_EQ(handle(change(signed_in)).status, 401) << "the session before lives on";
}

TEST_F(ConsoleSignInTest, EndsWithSignOutWithItsTimeAndWithTheCredential) {
    auto first = sign_in("the-admin-token");
    auto out = change(first);
    out.method = "DELETE";
    out.path = "/api/v1/session";
    EXPECT_EQ(handle(out).status, 204);
    EXPECT_EQ(handle(change(first)).status, 401);

    const auto idle = sign_in("the-admin-token");
    clock_.advance(std::chrono::minutes(61));
    EXPECT_EQ(handle(change(idle)).status, 401);

    const auto with_key = sign_in(key_of(Role::kOperator));
    EXPECT_EQ(handle(change(with_key)).status, 201);
    EXPECT_EQ(send("DELETE", "/api/v1/api-keys/operator").status, 204);
    EXPECT_EQ(handle(change(with_key)).status, 401);

    const auto with_token = sign_in("the-admin-token");
    guard_->set_admin_token(Secret("another-admin-token"));
    EXPECT_EQ(handle(change(with_token)).status, 401);
}

}  // namespace
}  // namespace gatehouse::admin
