// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_document.h"

#include <gtest/gtest.h>

#include "oauth/cimd_known.h"
#include "oauth/cimd_url.h"
#include "oauth/redirect_uri.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kId = "https://app.example/client.json";

json::Array list(std::initializer_list<std::string_view> items) {
    json::Array array;
    for (const std::string_view item : items) {
        array.emplace_back(item);
    }
    return array;
}

json::Object minimal() {
    return {{"client_id", kId},
            {"client_name", "App"},
            {"redirect_uris", list({"https://app.example/cb"})}};
}

Result<Client> with(const std::string& name, const json::Value& value) {
    auto document = minimal();
    document[name] = value;
    return read_client_document(document, kId);
}

TEST(ClientDocumentTest, TakesAMinimalDocument) {  // C23, C24
    const auto client = read_client_document(minimal(), kId);
    ASSERT_TRUE(client) << describe(client.error());
    EXPECT_EQ(client->id, kId);
    EXPECT_EQ(client->kind, ClientKind::kMetadataDocument);
    EXPECT_EQ(client->name, "App");
    EXPECT_EQ(client->redirect_uris, std::vector<std::string>{"https://app.example/cb"});
    EXPECT_EQ(client->auth_method, "none");
    EXPECT_EQ(client->grant_types,
              (std::vector<std::string>{"authorization_code", "refresh_token"}));
    EXPECT_TRUE(client->secret_digest.empty());
}

TEST(ClientDocumentTest, TakesWhatPublishedDocumentsHave) {  // rule 16
    EXPECT_TRUE(with("grant_types", list({"authorization_code", "refresh_token",
                                          "urn:ietf:params:oauth:grant-type:jwt-bearer",
                                          "urn:ietf:params:oauth:grant-type:device_code"})));
    EXPECT_TRUE(with("application_type", "native"));
    EXPECT_TRUE(with("logo_uri", "https://app.example/logo.png"));
    EXPECT_TRUE(with("token_endpoint_auth_method", "none"));
    EXPECT_TRUE(with("redirect_uris", list({"http://127.0.0.1:33418/", "app:/cb"})));
    EXPECT_TRUE(with("scope", "whatever"));
    EXPECT_TRUE(with("jwks_uri", "https://app.example/jwks.json"));
}

TEST(ClientDocumentTest, TakesNoneWhereItIsOneOfSeveral) {
    auto document = minimal();
    document["token_endpoint_auth_method"] = "private_key_jwt";
    document["token_endpoint_auth_methods_supported"] = list({"none", "private_key_jwt"});
    document["token_endpoint_auth_signing_alg"] = "RS256";
    const auto client = read_client_document(document, kId);
    ASSERT_TRUE(client) << describe(client.error());
    EXPECT_EQ(client->auth_method, "none");
}

TEST(ClientDocumentTest, WantsItsOwnUrlByteForByte) {  // C23, I34
    for (const auto* id :
         {"", "https://app.example/client.json/", "https://app.example/Client.json",
          "https://App.example/client.json", "https://app.example:443/client.json",
          "https://app.example/client%2Ejson", "https://evil.example/client.json"}) {
        EXPECT_FALSE(with("client_id", id)) << id;
    }
    auto document = minimal();
    document.erase("client_id");
    EXPECT_FALSE(read_client_document(document, kId));
    EXPECT_FALSE(with("client_id", list({kId})));
}

TEST(ClientDocumentTest, RefusesWhatIsMissingOrMistyped) {  // C23
    for (const auto* name : {"client_name", "redirect_uris"}) {
        auto document = minimal();
        document.erase(name);
        EXPECT_FALSE(read_client_document(document, kId)) << name;
        EXPECT_FALSE(with(name, 1)) << name;
        EXPECT_FALSE(with(name, nullptr)) << name;
    }
    EXPECT_FALSE(with("client_name", ""));
    EXPECT_FALSE(with("client_name", "\u202e"));
    EXPECT_FALSE(with("redirect_uris", json::Array{}));
    for (const auto* uri : {"http://app.example/cb", "javascript:alert(1)", "https://a.example/#x",
                            "https://u@a.example/", "https://*.a.example/", ""}) {
        EXPECT_FALSE(with("redirect_uris", list({"https://app.example/cb", uri}))) << uri;
    }
    EXPECT_FALSE(with("grant_types", "authorization_code"));
    EXPECT_FALSE(with("grant_types", list({"client_credentials"})));
    EXPECT_FALSE(with("response_types", list({"token"})));
    EXPECT_FALSE(with("client_uri", 1));
    EXPECT_FALSE(with("application_type", "desktop"));
}

TEST(ClientDocumentTest, RefusesSecretsAndMethodsThatNeedOne) {  // C24
    EXPECT_FALSE(with("client_secret", "x"));
    EXPECT_FALSE(with("client_secret", nullptr));
    EXPECT_FALSE(with("client_secret_expires_at", 0));
    for (const auto* method : {"client_secret_basic", "client_secret_post", "client_secret_jwt"}) {
        EXPECT_FALSE(with("token_endpoint_auth_method", method)) << method;
        auto document = minimal();
        document["token_endpoint_auth_method"] = method;
        document["token_endpoint_auth_methods_supported"] = list({"none", method});
        EXPECT_FALSE(read_client_document(document, kId)) << method;
    }
    EXPECT_FALSE(with("token_endpoint_auth_method", 1));
    EXPECT_FALSE(with("token_endpoint_auth_method", nullptr));
    EXPECT_FALSE(with("token_endpoint_auth_methods_supported", "none"));
}

TEST(ClientDocumentTest, HoldsAClientWithAKeyToIt) {  // C24, C25
    auto document = minimal();
    document["jwks_uri"] = "https://app.example/jwks.json";
    for (const auto* member :
         {"token_endpoint_auth_method", "token_endpoint_auth_methods_supported"}) {
        auto named = document;
        named[member] = std::string_view(member).ends_with("_supported")
                            ? json::Value(list({"private_key_jwt"}))
                            : json::Value("private_key_jwt");
        const auto client = read_client_document(named, kId);
        ASSERT_TRUE(client) << describe(client.error());
        EXPECT_EQ(client->auth_method, "private_key_jwt") << member;
        EXPECT_EQ(client->jwks_uri, "https://app.example/jwks.json");
    }
}

TEST(ClientDocumentTest, MayHaveAKeyAndDoWithout) {  // C25
    auto document = minimal();
    document["token_endpoint_auth_method"] = "private_key_jwt";
    document["token_endpoint_auth_methods_supported"] = list({"none", "private_key_jwt"});
    document["jwks_uri"] = "https://app.example/jwks.json";
    const auto client = read_client_document(document, kId);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->auth_method, "none");
    EXPECT_EQ(client->jwks_uri, "https://app.example/jwks.json");
}

TEST(ClientDocumentTest, RefusesAKeyThatIsNowhere) {  // C06, C25
    EXPECT_FALSE(with("token_endpoint_auth_method", "private_key_jwt"));
    EXPECT_FALSE(with("token_endpoint_auth_method", "tls_client_auth"));
    EXPECT_FALSE(with("token_endpoint_auth_methods_supported", list({"private_key_jwt"})));
    auto document = minimal();
    document["token_endpoint_auth_method"] = "private_key_jwt";
    document["jwks_uri"] = "http://app.example/jwks.json";
    EXPECT_FALSE(read_client_document(document, kId));
}

TEST(KnownClientsTest, ObeyTheRulesForDocuments) {
    EXPECT_EQ(known_client_ids().size(), 7U);
    for (const std::string_view id : known_client_ids()) {
        EXPECT_TRUE(parse_metadata_url(id)) << id;
        const auto client = find_known_client(id);
        ASSERT_TRUE(client) << id;
        const auto again =
            read_client_document({{"client_id", id},
                                  {"client_name", client->name},
                                  {"client_uri", client->client_uri},
                                  {"application_type", client->application_type},
                                  {"redirect_uris", json::to_array(client->redirect_uris)}},
                                 id);
        ASSERT_TRUE(again) << describe(again.error());
        EXPECT_EQ(again->redirect_uris, client->redirect_uris);
        EXPECT_EQ(again->application_type, client->application_type);
        EXPECT_EQ(again->client_uri, client->client_uri);
        EXPECT_EQ(again->name, client->name);
    }
    EXPECT_FALSE(find_known_client("https://claude.ai/oauth/other"));
}

TEST(KnownClientsTest, FitTheRedirectUrisOfTheRealClients) {  // clients.md 1.1

    struct Case {
        const char *id, *uri;
    };

    for (const auto& [id, uri] :
         {Case{"https://claude.ai/oauth/mcp-oauth-client-metadata",
               "https://claude.ai/api/mcp/auth_callback"},
          Case{"https://claude.ai/oauth/claude-code-client-metadata",
               "http://localhost:51940/callback"},
          Case{"https://chatgpt.com/oauth/client.json",
               "https://chatgpt.com/connector_platform_oauth_redirect"},
          Case{"https://chatgpt.com/oauth/codex/client.json", "http://127.0.0.1:37533/callback"},
          Case{"https://vscode.dev/oauth/client-metadata.json", "http://127.0.0.1:33418/"},
          Case{"https://vscode.dev/oauth/client-metadata.json", "https://vscode.dev/redirect"},
          Case{"https://zed.dev/oauth/client-metadata.json", "http://127.0.0.1:4000/callback"},
          Case{"https://goose-docs.ai/oauth/client-metadata.json",
               "http://127.0.0.1:4000/oauth_callback"}}) {
        const auto client = find_known_client(id);
        ASSERT_TRUE(client) << id;
        EXPECT_TRUE(is_registered_redirect_uri(client->redirect_uris, uri)) << uri;
    }
}

}  // namespace
}  // namespace gatehouse::oauth
