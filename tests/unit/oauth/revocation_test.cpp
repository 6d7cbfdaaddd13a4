// SPDX-License-Identifier: Apache-2.0
#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::kOrigin;
using test::Reply;

class RevocationAndIntrospection : public test::OAuthFixture {
  protected:
    RevocationAndIntrospection() : tokens_(redeem(make_code())) { EXPECT_EQ(tokens_.status, 200); }

    [[nodiscard]] std::string access() const { return tokens_.text("access_token"); }

    [[nodiscard]] std::string refresh_token() const { return tokens_.text("refresh_token"); }

    [[nodiscard]] http::Response revoke(const std::string& token,
                                        const std::string& client = "desktop") const {
        return replica_->send(form_request("/revoke", {{"token", token}, {"client_id", client}}));
    }

    [[nodiscard]] Reply introspect(const std::string& token,
                                   const std::string& client = "backend") const {
        return post("/introspect",
                    {{"token", token}, {"client_id", client}, {"client_secret", "s3cret:%+/ä"}});
    }

    void add_foreign_clients() {
        reload([](auto& c) {
            c.servers.push_back(test::make_server("notes", std::string(kOrigin)));
            c.servers[1].clients = {{.id = "notes-desktop"},
                                    {.id = "notes-backend", .secret = Secret("s3cret:%+/ä")}};
        });
    }

    Reply tokens_;
};

TEST_F(RevocationAndIntrospection, ARefreshTokenEndsEverything) {  // F08, F09
    const auto response = revoke(refresh_token());
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.body.empty());
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
    EXPECT_FALSE(is_alive(access()));
    EXPECT_EQ(refresh(refresh_token()).error(), "invalid_grant");
    EXPECT_TRUE(events_.has("token.revoked"));
    EXPECT_EQ(revoke(refresh_token()).status, 200);
}

TEST_F(RevocationAndIntrospection, AnAccessTokenEndsAlone) {  // F09
    EXPECT_EQ(revoke(access()).status, 200);
    EXPECT_FALSE(is_alive(access()));
    const Reply next = refresh(refresh_token());
    EXPECT_EQ(next.status, 200);
    EXPECT_TRUE(is_alive(next.text("access_token")));
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_FALSE(is_alive(access()));
    EXPECT_EQ(revoke(access()).status, 200);
}

TEST_F(RevocationAndIntrospection, LeaveForeignTokensAlone) {  // F08, I60
    add_foreign_clients();
    for (const std::string& token : {access(), refresh_token()}) {
        const Reply reply = read(revoke(token, "notes-desktop"));
        EXPECT_EQ(reply.status, 400);
        EXPECT_EQ(reply.error(), "invalid_grant");
    }
    EXPECT_TRUE(is_alive(access()));
    EXPECT_EQ(refresh(refresh_token()).status, 200);
}

TEST_F(RevocationAndIntrospection, AcceptDeadAndUnknownTokens) {  // F08
    EXPECT_EQ(revoke("nonsense").status, 200);
    clock_.advance(std::chrono::hours{2});
    EXPECT_EQ(revoke(access()).status, 200);
    EXPECT_EQ(read(revoke("")).error(), "invalid_request");
    EXPECT_EQ(read(revoke(access(), "nobody")).error(), "invalid_client");
    EXPECT_EQ(read(revoke(access(), "nobody")).status, 401);
}

TEST_F(RevocationAndIntrospection, DescribeALivingAccessToken) {  // F10
    const Reply reply = introspect(access());
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(json::get_bool(reply.body, "active"), true);
    EXPECT_EQ(reply.text("scope"), "items:read");
    EXPECT_EQ(reply.text("client_id"), "desktop");
    EXPECT_EQ(reply.text("sub"), "u1");
    EXPECT_EQ(reply.text("aud"), "https://mcp.example.com/todo/mcp");
    EXPECT_EQ(reply.text("iss"), kOrigin);
    ASSERT_EQ(revoke(access()).status, 200);
    EXPECT_EQ(json::dump(introspect(access()).body), R"({"active":false})");
}

TEST_F(RevocationAndIntrospection, TellStrangersNothing) {  // F10, F11, I60
    add_foreign_clients();
    EXPECT_EQ(json::dump(introspect(access(), "notes-backend").body), R"({"active":false})");
    EXPECT_EQ(json::dump(introspect(refresh_token()).body), R"({"active":false})");
    EXPECT_EQ(json::dump(introspect("nonsense").body), R"({"active":false})");
    const Reply anonymous = post("/introspect", {{"token", access()}});
    EXPECT_EQ(anonymous.status, 401);
    const Reply is_public = post("/introspect", {{"token", access()}, {"client_id", "desktop"}});
    EXPECT_EQ(is_public.status, 401);
    EXPECT_EQ(is_public.error(), "invalid_client");
    EXPECT_EQ(introspect("").error(), "invalid_request");
}

TEST_F(RevocationAndIntrospection, DescribeARefreshTokenToItsOwner) {  // F11
    auto code = make_code();
    code.client_id = "backend";
    auto fields = code_fields(issue(code));
    std::erase_if(fields, [](const auto& field) { return field.first == "client_id"; });
    fields.emplace_back("client_id", "backend");
    fields.emplace_back("client_secret", "s3cret:%+/ä");
    const std::string token = post("/token", fields).text("refresh_token");
    ASSERT_FALSE(token.empty());
    const Reply reply = introspect(token);
    EXPECT_EQ(json::get_bool(reply.body, "active"), true);
    EXPECT_EQ(reply.text("client_id"), "backend");
    clock_.advance(std::chrono::hours{24 * 14});
    EXPECT_EQ(json::get_bool(introspect(token).body, "active"), false);
}

}  // namespace
}  // namespace gatehouse::oauth
