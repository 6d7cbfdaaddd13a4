// SPDX-License-Identifier: Apache-2.0
// Clients named by metadata documents, on their way through the pages and the token endpoint.
#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::FormBrowser;
using test::kOrigin;
using test::kRedirect;
using test::Page;

const std::string kId = "https://docs.example/client.json";
const std::string kClaudeCode = "https://claude.ai/oauth/claude-code-client-metadata";

class CimdFlow : public test::FlowFixture {
  protected:
    CimdFlow() {
        publish(kRedirect);
        sign_in(alice_, "u1");
    }

    void publish(std::string_view redirect_uri, const std::string& method = "none") {
        replica_->http.answer(
            kId, 200,
            json::dump(json::Object{{"client_id", kId},
                                    {"client_name", "Doc App"},
                                    {"token_endpoint_auth_method", method},
                                    {"redirect_uris", json::Array{json::Value(redirect_uri)}}}));
    }

    void configure(const std::function<void(catalog::Server&)>& change) {
        reload([&](catalog::Catalog& catalog) {
            for (catalog::Server& server : catalog.servers) {
                change(server);
            }
        });
    }

    Page consent(const std::string& server = "todo") {
        return authorize(alice_, parameters(kId, server));
    }

    [[nodiscard]] test::Reply redeem_code(const Page& done) const {
        return post("/token", {{"grant_type", "authorization_code"},
                               {"code", done.parameter("code")},
                               {"code_verifier", std::string(test::kVerifier)},
                               {"redirect_uri", std::string(kRedirect)},
                               {"client_id", kId}});
    }

    FormBrowser alice_ = new_browser();
};

TEST_F(CimdFlow, EndsInTokensThatRefresh) {  // C20
    const Page page = consent();
    ASSERT_EQ(page.status, 200);
    EXPECT_TRUE(page.shows("Doc App"));
    EXPECT_TRUE(page.shows("docs.example"));  // C30
    EXPECT_TRUE(page.shows("app.example"));
    EXPECT_FALSE(page.shows("unverified"));
    EXPECT_FALSE(page.shows("Any program on this device"));
    const auto tokens = redeem_code(allow(alice_, page));
    ASSERT_EQ(tokens.status, 200) << json::dump(tokens.body);
    const auto again = post("/token", {{"grant_type", "refresh_token"},
                                       {"refresh_token", tokens.text("refresh_token")},
                                       {"client_id", kId}});
    EXPECT_EQ(again.status, 200) << json::dump(again.body);
    EXPECT_EQ(replica_->http.count(kId), 1U);
}

TEST_F(CimdFlow, IsAskedAgainOnceTheDocumentSaysSomethingElse) {  // C29, C42
    EXPECT_EQ(allow(alice_, consent()).status, 303);
    EXPECT_EQ(consent().status, 303);
    replica_->http.answer(
        kId, 200,
        json::dump(json::Object{
            {"client_id", kId},
            {"client_name", "Doc App"},
            {"token_endpoint_auth_method", "none"},
            {"redirect_uris", json::Array{json::Value(kRedirect), "https://other.example/cb"}}}));
    clock_.advance(std::chrono::hours{25});
    sign_in(alice_, "u1");
    const Page page = consent();
    EXPECT_TRUE(page.shows("name=\"decision\"")) << page.status;
    EXPECT_EQ(allow(alice_, page).status, 303);
    EXPECT_EQ(consent().status, 303);
}

TEST_F(CimdFlow, WarnsWhereNoNameCanBeProved) {  // C30, I36
    publish("http://127.0.0.1/callback");
    FormFields fields = parameters(kId);
    set(fields, "redirect_uri", "http://127.0.0.1:5000/callback");
    const Page page = authorize(alice_, fields);
    EXPECT_TRUE(page.shows("Any program on this device can use this name."));
    EXPECT_TRUE(page.shows("docs.example"));
}

TEST_F(CimdFlow, NeverLeavesForAnAddressThatIsNotInTheDocument) {  // I37
    replica_->http.fail_with(kClaudeCode, ErrorCode::kUnavailable);
    FormFields fields = parameters(kClaudeCode);
    set(fields, "redirect_uri", "https://evil.example/cb");
    const Page page = authorize(alice_, fields);
    EXPECT_EQ(page.status, 400);
    EXPECT_EQ(page.location(), "");
    EXPECT_TRUE(page.shows("that it did not register"));
}

TEST_F(CimdFlow, UsesTheShippedCopyWhereTheHostRefuses) {  // contract §5
    replica_->http.fail_with(kClaudeCode, ErrorCode::kUnavailable);
    FormFields fields = parameters(kClaudeCode);
    set(fields, "redirect_uri", "http://localhost:51940/callback");
    const Page page = authorize(alice_, fields);
    ASSERT_EQ(page.status, 200);
    EXPECT_TRUE(page.shows("Claude Code"));
    EXPECT_TRUE(
        allow(alice_, page).location().starts_with("http://localhost:51940/callback?code="));
}

TEST_F(CimdFlow, ShowsAPageAndSaysWhyWhenADocumentWillNotDo) {  // C27, C24
    publish(kRedirect, "client_secret_post");
    const Page page = consent();
    EXPECT_EQ(page.status, 400);
    EXPECT_EQ(page.location(), "");
    EXPECT_TRUE(page.shows("must not need a shared secret"));
    const auto token = post(
        "/token", {{"grant_type", "refresh_token"}, {"refresh_token", "x"}, {"client_id", kId}});
    EXPECT_EQ(token.status, 401);
    EXPECT_EQ(token.error(), "invalid_client");
}

TEST_F(CimdFlow, KeepsTheSnapshotOfTheAuthorization) {  // C29, I35
    const Page page = consent();
    publish("https://other.example/cb");
    clock_.advance(std::chrono::minutes(6));
    const Page done = allow(alice_, page);
    EXPECT_TRUE(done.location().starts_with(std::string(kRedirect) + "?code="));
    EXPECT_EQ(redeem_code(done).status, 200);
    EXPECT_EQ(consent().status, 400) << "the next authorization goes by the new document";
}

TEST_F(CimdFlow, RemembersConsentOnlyForTheSameRedirectHost) {  // C29
    ASSERT_EQ(allow(alice_, consent()).status, 303);
    EXPECT_EQ(consent().status, 303);
    publish("https://other.example/cb");
    clock_.advance(std::chrono::minutes(6));
    FormFields fields = parameters(kId);
    set(fields, "redirect_uri", "https://other.example/cb");
    const Page page = authorize(alice_, fields);
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.shows("other.example"));
}

TEST_F(CimdFlow, OutlivesARestartWhileTheHostIsAway) {
    const auto tokens = redeem_code(allow(alice_, consent()));
    ASSERT_EQ(tokens.status, 200);
    const auto origin = std::string(kOrigin);
    test::FakeHttpClient away;
    away.fail_with(kId, ErrorCode::kUnavailable);
    CimdClients documents(away, nullptr, clock_);
    Clients clients(catalog_, *replica_->sealed, documents, replica_->client_store,
                    replica_->blocks);
    const auto client = clients.find(origin, kId);
    ASSERT_TRUE(client) << describe(client.error());
    EXPECT_EQ(client->kind, ClientKind::kMetadataDocument);
    EXPECT_EQ(client->redirect_uris, std::vector{std::string(kRedirect)});
    ASSERT_TRUE(replica_->client_store.set_state(origin, kId, ClientState::kDisabled));
    EXPECT_EQ(clients.find(origin, kId).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(away.count(kId), 1U);
}

TEST_F(CimdFlow, FetchesNothingWhereNoServerTakesSuchClients) {  // C20, C35
    const auto refused = [&](const char* what) {
        EXPECT_EQ(consent().status, 400) << what;
        EXPECT_EQ(replica_->http.count(kId), 0U) << what;
    };
    configure([](auto& server) { server.allow_cimd = false; });
    refused("switched off");
    configure([](auto& server) { server.allow_cimd = true, server.cimd_hosts = {"claude.ai"}; });
    refused("other host");
    configure([](auto& server) { server.cimd_hosts = {"*.example.com", "docs.example?"}; });
    refused("other hosts");
    configure([](auto& server) { server.cimd_hosts = {}; });
    refused("no host");
    for (const auto* pattern : {"*", "DOCS.example", "*.example", "d?cs.*", "*ocs*", "docs.*ple"}) {
        configure([&](auto& server) { server.cimd_hosts = {pattern}; });
        EXPECT_EQ(consent().status, 200) << pattern;
    }
}

TEST_F(CimdFlow, HoldsTheRuleOfTheServerThatIsAskedFor) {  // contract §4
    configure([](auto& server) { server.allow_cimd = server.name == "vault"; });
    const Page refused = consent("todo");
    EXPECT_NE(refused.status, 303);
    EXPECT_TRUE(refused.shows("unauthorized_client"));
    EXPECT_EQ(consent("vault").status, 200);
}

TEST_F(CimdFlow, GivesNoTokenOnceTheServerStoppedTakingSuchClients) {
    const Page done = allow(alice_, consent());
    configure([](auto& server) { server.allow_cimd = server.name == "vault"; });
    const auto reply = redeem_code(done);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.error(), "unauthorized_client");
}

TEST_F(CimdFlow, IsAdvertisedWhereAnyServerTakesSuchClients) {  // B04, contract §4
    const auto advertised = [&] {
        const auto reply = read(replica_->send({.method = "GET",
                                                .path = "/.well-known/oauth-authorization-server",
                                                .origin = std::string(kOrigin)}));
        return json::get_bool(reply.body, "client_id_metadata_document_supported");
    };
    EXPECT_EQ(advertised(), true);
    configure([](auto& server) { server.allow_cimd = server.name == "cal"; });
    EXPECT_EQ(advertised(), true);
    configure([](auto& server) { server.allow_cimd = false; });
    EXPECT_EQ(advertised(), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::oauth
