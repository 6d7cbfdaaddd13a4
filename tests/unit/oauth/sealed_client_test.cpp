// SPDX-License-Identifier: Apache-2.0
#include "oauth/sealed_client.h"

#include <gtest/gtest.h>

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kOrigin = "https://mcp.example.com";

SealedClients make(char key) {
    return SealedClients(crypto::Sealer({Secret(std::string(32, key))}, "client-id"));
}

Client make_client() {
    return {.name = "Näme",
            .client_uri = "https://client.example",
            .redirect_uris = {"http://localhost/cb", "cursor://x/cb"},
            .grant_types = {"authorization_code"},
            .auth_method = "client_secret_post",
            .secret_digest = "digest",
            .application_type = "web"};
}

TEST(SealedClient, ComesBackAsItWas) {  // contract §11
    const auto sealed = make('k');
    const auto id = sealed.seal(make_client(), kOrigin);
    ASSERT_TRUE(id);
    const auto client = make('k').open(*id, kOrigin);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->id, *id);
    EXPECT_EQ(client->kind, ClientKind::kDynamic);
    EXPECT_EQ(client->name, "Näme");
    EXPECT_EQ(client->client_uri, "https://client.example");
    EXPECT_EQ(client->redirect_uris, make_client().redirect_uris);
    EXPECT_EQ(client->grant_types, make_client().grant_types);
    EXPECT_EQ(client->auth_method, "client_secret_post");
    EXPECT_EQ(client->secret_digest, "digest");
    EXPECT_EQ(client->application_type, "web");
    EXPECT_EQ(sealed.open(*sealed.seal({.redirect_uris = {"a:/"}}, kOrigin), kOrigin)->grant_types,
              Client{}.grant_types);
}

TEST(SealedClient, IsDifferentEachTime) {  // C12
    const auto sealed = make('k');
    EXPECT_NE(*sealed.seal(make_client(), kOrigin), *sealed.seal(make_client(), kOrigin));
}

TEST(SealedClient, IsUnknownElsewhere) {  // C13, I42
    const std::string id = *make('k').seal(make_client(), kOrigin);
    EXPECT_EQ(make('k').open(id, "https://other.example.com").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(make('x').open(id, kOrigin).error().code, ErrorCode::kNotFound);
}

TEST(SealedClient, IsUnknownWhenAltered) {
    const auto sealed = make('k');
    const std::string id = *sealed.seal(make_client(), kOrigin);
    for (std::size_t i = 0; i < id.size(); ++i) {
        std::string altered = id;
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(sealed.open(altered, kOrigin)) << i;
    }
    EXPECT_FALSE(sealed.open("", kOrigin));
    EXPECT_FALSE(sealed.open("gh_", kOrigin));
    EXPECT_FALSE(sealed.open(id + "A", kOrigin));
    EXPECT_FALSE(sealed.open(std::string(100'000, 'g'), kOrigin));
}

TEST(SealedClient, StaysUnderAKibibyte) {  // contract §11
    Client client = make_client();
    client.redirect_uris = {"https://a.example/" + std::string(800, 'p')};
    EXPECT_EQ(make('k').seal(client, kOrigin).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace gatehouse::oauth
