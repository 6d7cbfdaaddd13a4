// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_blocks.h"

#include "oauth/client_control.h"
#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::FormBrowser;
using test::kOrigin;
using test::Page;

/// "app_" answers to app.example, "desktop_" to 127.0.0.1.
class ClientBlocksTest : public test::FlowFixture {
  protected:
    ClientBlocksTest()
        : control_({.catalog = catalog_,
                    .sealed_clients = *replica_->sealed,
                    .store = replica_->client_store,
                    .trust = replica_->trust,
                    .clock = clock_}) {
        sign_in(alice_, "u1");
    }

    ClientBlocks& blocks() { return replica_->blocks; }

    /// The code at the end of an authorization, or the page that there is instead.
    Page authorize_fully(const std::string& client) {
        const Page consent = authorize(alice_, parameters(client));
        return consent.status == 200 && consent.shows("decision") ? allow(alice_, consent)
                                                                  : consent;
    }

    [[nodiscard]] FormFields code_request(const std::string& client,
                                          const std::string& code) const {
        return {{"grant_type", "authorization_code"},
                {"code", code},
                {"code_verifier", std::string(test::kVerifier)},
                {"client_id", client}};
    }

    test::Reply connect(const std::string& client) {
        return post("/token", code_request(client, authorize_fully(client).parameter("code")));
    }

    [[nodiscard]] bool may_authorize(const std::string& client) {
        return authorize(alice_, parameters(client)).status != 400;
    }

    ClientControl control_;
    FormBrowser alice_ = new_browser();
};

TEST_F(ClientBlocksTest, ABlockedRedirectHostEndsTokensAndLetsNobodyIn) {
    const auto tokens = connect(app_);
    const auto others = connect(desktop_);
    ASSERT_TRUE(is_alive(tokens.text("access_token")));
    ASSERT_EQ(blocks().block(BlockKind::kRedirectHost, "App.Example"), true);
    EXPECT_FALSE(is_alive(tokens.text("access_token")));
    EXPECT_TRUE(is_alive(others.text("access_token")));
    EXPECT_EQ(post("/token", {{"grant_type", "refresh_token"},
                              {"refresh_token", tokens.text("refresh_token")},
                              {"client_id", app_}})
                  .status,
              401);
    EXPECT_FALSE(may_authorize(app_));
    EXPECT_TRUE(may_authorize(desktop_));
    EXPECT_EQ(blocks().block(BlockKind::kRedirectHost, "app.example"), false);
    ASSERT_EQ(blocks().unblock(BlockKind::kRedirectHost, "app.example"), true);
    EXPECT_EQ(blocks().unblock(BlockKind::kRedirectHost, "app.example"), false);
    EXPECT_TRUE(may_authorize(app_));
    EXPECT_FALSE(is_alive(tokens.text("access_token")));
}

TEST_F(ClientBlocksTest, CodesOnTheirWayToABlockedHostAreWorthNothing) {
    const Page redirect = authorize_fully(app_);
    ASSERT_EQ(blocks().block(BlockKind::kRedirectHost, "*.example"), true);
    EXPECT_EQ(post("/token", code_request(app_, redirect.parameter("code"))).status, 401);
    EXPECT_TRUE(replica_->connections.list({}).value().empty());
}

TEST_F(ClientBlocksTest, OnlyTheBlockedAddressesOfAClientGo) {
    Client client{.id = "c",
                  .redirect_uris = {"https://good.example/cb", "https://bad.example:8443/cb",
                                    "cursor://anysphere.cursor-mcp/cb"}};
    const auto left = [&](std::vector<ClientBlock> list) {
        const auto admitted = admit(client, BlockSet(std::move(list)));
        return admitted ? admitted->redirect_uris : std::vector<std::string>{};
    };
    EXPECT_EQ(
        left({{.host = "bad.example"}}),
        (std::vector<std::string>{"https://good.example/cb", "cursor://anysphere.cursor-mcp/cb"}));
    EXPECT_EQ(left({{.host = "bad.example:8443"}}).size(), 2U);
    EXPECT_EQ(left({{.host = "bad.example:1"}}).size(), 3U);
    EXPECT_EQ(left({{.host = "cursor://*"}}).size(), 2U);
    EXPECT_EQ(left({{.kind = BlockKind::kDocumentHost, .host = "bad.example"}}).size(), 3U);
    EXPECT_TRUE(
        left({{.host = "*.example"}, {.host = "*.example:*"}, {.host = "cursor:*"}}).empty());
    client.redirect_uris.clear();
    EXPECT_TRUE(admit(client, BlockSet({{.host = "*.example"}})));
}

TEST_F(ClientBlocksTest, ABlockedDocumentHostIsNotEvenAsked) {
    const std::string id = "https://app.evil.example/client.json";
    ASSERT_TRUE(replica_->connections.insert({.id = "k1",
                                              .user_id = "u1",
                                              .client_id = id,
                                              .origin = std::string(kOrigin),
                                              .server = "todo",
                                              .expires_at = clock_.now() + std::chrono::hours{1}},
                                             std::nullopt));
    ASSERT_EQ(blocks().block(BlockKind::kDocumentHost, "*.evil.example"), true);
    EXPECT_EQ(replica_->clients->find(kOrigin, id).error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(replica_->http.requests_to(id).empty());
    EXPECT_TRUE(replica_->trust.live().get()->revoked_connections.contains("k1"));
}

TEST_F(ClientBlocksTest, OtherReplicasFollowAndEndWhatBeganThereMeanwhile) {
    test::Replica other(*database_, catalog_, clock_, events_, master_keys_);
    ASSERT_EQ(blocks().block(BlockKind::kRedirectHost, "app.example"), true);
    ASSERT_TRUE(other.connections.insert({.id = "late",
                                          .user_id = "u1",
                                          .client_id = app_,
                                          .origin = std::string(kOrigin),
                                          .server = "todo",
                                          .redirect_host = "app.example",
                                          .expires_at = clock_.now() + std::chrono::hours{1}},
                                         std::nullopt));
    EXPECT_TRUE(other.clients->find(kOrigin, app_));
    ASSERT_TRUE(other.blocks.refresh());
    EXPECT_FALSE(other.clients->find(kOrigin, app_));
    EXPECT_TRUE(other.trust.live().get()->revoked_connections.contains("late"));
}

TEST_F(ClientBlocksTest, WhatIsNoHostIsRefused) {
    for (const char* host : {"", "*", "?*", "a b", "exa\nmple"}) {
        EXPECT_EQ(blocks().block(BlockKind::kRedirectHost, host).error().code, ErrorCode::kInvalid)
            << host;
    }
    EXPECT_TRUE(blocks().current()->is_empty());
}

TEST_F(ClientBlocksTest, ADisabledClientIsUnknownAndItsTokensEnd) {  // E26, A22
    const auto tokens = connect(app_);
    EXPECT_EQ(control_.disable(app_), 1U);
    EXPECT_FALSE(is_alive(tokens.text("access_token")));
    EXPECT_FALSE(may_authorize(app_));
    EXPECT_EQ(control_.forget(app_).error().code, ErrorCode::kConflict);
    ASSERT_TRUE(control_.enable(app_));
    EXPECT_TRUE(may_authorize(app_));
    EXPECT_FALSE(is_alive(tokens.text("access_token")));
}

TEST_F(ClientBlocksTest, ClientsThatNobodyApprovedCanBeDisabledToo) {
    const std::string document = "https://app.example/client.json";
    EXPECT_EQ(control_.disable(desktop_), 0U);
    EXPECT_EQ(control_.disable("portal"), 0U);
    EXPECT_EQ(control_.disable(document), 0U);
    EXPECT_FALSE(may_authorize(desktop_));
    EXPECT_FALSE(may_authorize("portal"));
    EXPECT_FALSE(replica_->clients->find(kOrigin, document));
    EXPECT_EQ(control_.disable("nobody").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(control_.enable("nobody").error().code, ErrorCode::kNotFound);
}

TEST_F(ClientBlocksTest, AForgottenClientMayComeBack) {
    const auto tokens = connect(app_);
    EXPECT_EQ(control_.forget(app_), 1U);
    EXPECT_FALSE(is_alive(tokens.text("access_token")));
    EXPECT_EQ(replica_->client_store.find(kOrigin, app_).error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(may_authorize(app_));
    EXPECT_EQ(control_.forget("nobody").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gatehouse::oauth
