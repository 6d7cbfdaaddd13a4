// SPDX-License-Identifier: Apache-2.0
#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::kOrigin;
using test::Reply;

constexpr std::string_view kResource = "https://mcp.example.com/todo/mcp";

/// Client "robot" of server "todo".
class ClientCredentials : public test::OAuthFixture {
  protected:
    ClientCredentials() {
        reload([](catalog::Catalog& catalog) {
            catalog.servers[0].clients.push_back({.id = "robot",
                                                  .secret = Secret("robot-secret"),
                                                  .grants = {"client_credentials"},
                                                  .scopes = {"items:read"}});
        });
    }

    [[nodiscard]] static FormFields robot() {
        return {{"grant_type", "client_credentials"},
                {"client_id", "robot"},
                {"client_secret", "robot-secret"},
                {"resource", std::string(kResource)}};
    }

    [[nodiscard]] Reply ask(FormFields fields = robot()) const { return post("/token", fields); }

    [[nodiscard]] Reply ask_with(const std::string& name, const std::string& value) const {
        FormFields fields = robot();
        std::erase_if(fields, [&](const auto& field) { return field.first == name; });
        if (!value.empty()) {
            fields.emplace_back(name, value);
        }
        return ask(fields);
    }

    [[nodiscard]] AccessToken verified(const Reply& reply) const {
        return verify_access_token(reply.text("access_token"), kOrigin, kResource,
                                   replica_->trust.live().get()->keys, clock_.now())
            .value();
    }
};

TEST_F(ClientCredentials, GiveAClientATokenOfItsOwn) {  // E30, E31, I65
    const Reply reply = ask();
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.text("token_type"), "Bearer");
    EXPECT_EQ(reply.text("scope"), "items:read");
    EXPECT_FALSE(reply.body.contains("refresh_token"));
    const AccessToken token = verified(reply);
    EXPECT_EQ(token.subject, "client:robot");
    EXPECT_EQ(token.client_id, "robot");
    EXPECT_TRUE(is_alive(reply.text("access_token")));
    EXPECT_EQ(json::get_string(events_.events.back().detail, "grant_type"), "client_credentials");
}

TEST_F(ClientCredentials, WantTheSecret) {  // E30
    EXPECT_EQ(ask_with("client_secret", "wrong").error(), "invalid_client");
    EXPECT_EQ(ask_with("client_secret", "").error(), "invalid_client");
}

TEST_F(ClientCredentials, AreForClientsOfTheOperatorWithThatGrant) {  // E30, E08
    FormFields backend = robot();
    std::erase_if(backend, [](const auto& field) { return field.first.starts_with("client_"); });
    backend.emplace_back("client_id", "backend");
    backend.emplace_back("client_secret", "s3cret:%+/ä");
    EXPECT_EQ(ask(backend).error(), "unauthorized_client");
    FormFields open = robot();
    std::erase_if(open, [](const auto& field) { return field.first.starts_with("client_"); });
    open.emplace_back("client_id", "desktop");
    EXPECT_EQ(ask(open).error(), "unauthorized_client");
    const auto sealed = replica_->sealed
                            ->seal({.redirect_uris = {"https://a.example/cb"},
                                    .grant_types = {"client_credentials"},
                                    .auth_method = "client_secret_post",
                                    .secret_digest = crypto::token_digest("s")},
                                   kOrigin)
                            .value();
    FormFields dynamic = robot();
    std::erase_if(dynamic, [](const auto& field) { return field.first.starts_with("client_"); });
    dynamic.emplace_back("client_id", sealed);
    dynamic.emplace_back("client_secret", "s");
    EXPECT_EQ(ask(dynamic).error(), "unauthorized_client");
    // And the grant is all that such a client has.
    EXPECT_EQ(post("/token", {{"grant_type", "refresh_token"},
                              {"refresh_token", "x"},
                              {"client_id", "robot"},
                              {"client_secret", "robot-secret"}})
                  .error(),
              "invalid_grant");
}

TEST_F(ClientCredentials, HonourScopeAndResource) {  // E31
    EXPECT_EQ(ask_with("scope", "items:read items:write").text("scope"), "items:read");
    EXPECT_EQ(ask_with("scope", "items:write").error(), "invalid_scope");
    EXPECT_EQ(ask_with("resource", "https://other.example/mcp").error(), "invalid_target");
    EXPECT_EQ(ask_with("resource", "").status, 200);
    reload([](catalog::Catalog& catalog) {
        catalog.servers.push_back(test::make_server("more", std::string(kOrigin)));
    });
    EXPECT_EQ(ask_with("resource", "").error(), "invalid_target");
    EXPECT_EQ(ask_with("resource", std::string(kOrigin) + "/more/mcp").error(), "invalid_target");
    EXPECT_EQ(ask().status, 200);
}

TEST_F(ClientCredentials, NeedAServerThatNeedsNobodysAccount) {  // E32
    reload([](catalog::Catalog& catalog) {
        catalog.profiles.push_back({.name = "cal"});
        catalog.servers[0].profile = "cal";
    });
    EXPECT_EQ(ask().error(), "unauthorized_client");
}

TEST_F(ClientCredentials, EndWithTheClientAndBeginAnew) {  // A22, E26
    const Reply first = ask();
    const Reply second = ask();
    EXPECT_EQ(verified(first).connection, verified(second).connection);
    EXPECT_EQ(replica_->connections.list({.client_id = "robot"})->size(), 1U);
    ASSERT_TRUE(replica_->trust.revoke_connections({.client_id = "robot"}));
    EXPECT_FALSE(is_alive(first.text("access_token")));
    EXPECT_FALSE(is_alive(second.text("access_token")));
    EXPECT_TRUE(is_alive(ask().text("access_token")));
    // A token never outlives its connection, so a new one begins in time.
    clock_.advance(std::chrono::hours{47} + std::chrono::minutes{30});
    EXPECT_EQ(json::get_int(ask().body, "expires_in"), 3600);
}

TEST_F(ClientCredentials, AreOfferedWhereSomeClientHasThem) {
    http::Request request{.method = "GET",
                          .path = "/.well-known/oauth-authorization-server",
                          .origin = std::string(kOrigin)};
    const auto grants = [&] {
        return json::get_strings(read(replica_->send(request)).body, "grant_types_supported")
            .value();
    };
    EXPECT_EQ(grants().back(), "client_credentials");
    reload([](catalog::Catalog& catalog) { catalog.servers[0].clients.pop_back(); });
    EXPECT_EQ(grants().size(), 2U);
}

}  // namespace
}  // namespace gatehouse::oauth
