// SPDX-License-Identifier: Apache-2.0
#include "oauth/metadata.h"

#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::kOrigin;

class MetadataDocuments : public test::OAuthFixture {
  protected:
    [[nodiscard]] http::Response get(const std::string& path,
                                     const http::Headers& headers = {},
                                     const std::string& origin = std::string(kOrigin)) const {
        return replica_->send(
            {.method = "GET", .path = path, .headers = headers, .origin = origin});
    }

    void add_second_server() {
        reload([](auto& c) {
            c.servers.push_back(test::make_server("notes", std::string(kOrigin)));
            c.servers[1].scopes = {"notes:read", "items:read", "openid", "offline_access"};
            c.servers[1].initial_scopes = {"offline_access"};
        });
    }
};

TEST_F(MetadataDocuments, DescribeTheResource) {  // A01, A02, A03, A04, A05
    const auto response = get("/.well-known/oauth-protected-resource/todo/mcp");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
    EXPECT_EQ(response.headers.get("Cache-Control"), "public, max-age=300");
    EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
    EXPECT_FALSE(response.headers.get("Access-Control-Allow-Credentials"));
    EXPECT_FALSE(response.headers.get("Set-Cookie"));
    EXPECT_EQ(response.body, R"({"resource":"https://mcp.example.com/todo/mcp",)"
                             R"("authorization_servers":["https://mcp.example.com"],)"
                             R"("bearer_methods_supported":["header"],"resource_name":"todo",)"
                             R"("scopes_supported":["items:read"]})");
}

TEST_F(MetadataDocuments, EchoOneTrailingSlash) {  // A08, contract §4
    const auto slashed =
        json::parse_object(get("/.well-known/oauth-protected-resource/todo/mcp/").body);
    EXPECT_EQ(json::get_string(*slashed, "resource"), "https://mcp.example.com/todo/mcp/");
    EXPECT_EQ(get("/.well-known/oauth-protected-resource/todo/mcp//").status, 404);
}

TEST_F(MetadataDocuments, AnswerTheBareUrlForTheOnlyServer) {  // A06, rule 5
    for (const char* path :
         {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/"}) {
        const auto document = json::parse_object(get(path).body);
        ASSERT_TRUE(document) << path;
        EXPECT_EQ(json::get_string(*document, "resource"), "https://mcp.example.com/todo/mcp");
    }
    add_second_server();
    EXPECT_EQ(get("/.well-known/oauth-protected-resource").status, 404);
    EXPECT_EQ(get("/.well-known/oauth-protected-resource/notes/mcp").status, 200);
}

TEST_F(MetadataDocuments, LeaveOutEmptyScopes) {  // A04, A05
    add_second_server();
    EXPECT_EQ(get("/.well-known/oauth-protected-resource/notes/mcp").body.find("scopes_supported"),
              std::string::npos);
}

TEST_F(MetadataDocuments, AreNotFoundForOtherPaths) {  // A07, B03
    for (const char* path :
         {"/.well-known/oauth-protected-resource/nope/mcp",
          "/.well-known/oauth-protected-resource/todo",
          "/.well-known/oauth-protected-resource/todo/mcp/x",
          "/.well-known/oauth-protected-resource/todo/%6dcp",
          "/.well-known/oauth-authorization-server/nope", "/.well-known/openid-configuration",
          "/.well-known/openid-configuration/todo/mcp"}) {
        const auto response = get(path);
        EXPECT_EQ(response.status, 404) << path;
        EXPECT_FALSE(response.headers.get("WWW-Authenticate")) << path;
    }
}

TEST_F(MetadataDocuments,
       DescribeTheAuthorizationServer) {  // B01, B02, B04, B05, B08, rules 1, 2, 8
    add_second_server();
    const auto response = get("/.well-known/oauth-authorization-server");
    EXPECT_EQ(
        response.body,
        R"({"issuer":"https://mcp.example.com",)"
        R"("authorization_endpoint":"https://mcp.example.com/authorize",)"
        R"("token_endpoint":"https://mcp.example.com/token",)"
        R"("jwks_uri":"https://mcp.example.com/jwks.json",)"
        R"("response_types_supported":["code"],"response_modes_supported":["query"],)"
        R"("grant_types_supported":["authorization_code","refresh_token"],)"
        R"("code_challenge_methods_supported":["S256"],)"
        R"("token_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],"token_endpoint_auth_signing_alg_values_supported":["ES256","ES384","RS256","PS256","EdDSA"],)"
        R"("authorization_response_iss_parameter_supported":true,)"
        R"("pushed_authorization_request_endpoint":"https://mcp.example.com/par",)"
        R"("revocation_endpoint":"https://mcp.example.com/revoke",)"
        R"("revocation_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post","private_key_jwt"],"revocation_endpoint_auth_signing_alg_values_supported":["ES256","ES384","RS256","PS256","EdDSA"],)"
        R"("introspection_endpoint":"https://mcp.example.com/introspect",)"
        R"("introspection_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt"],"introspection_endpoint_auth_signing_alg_values_supported":["ES256","ES384","RS256","PS256","EdDSA"],)"
        R"("registration_endpoint":"https://mcp.example.com/register",)"
        R"("client_id_metadata_document_supported":true,)"
        R"("scopes_supported":["items:read","items:write","notes:read"]})");
    for (const char* alias : {"/.well-known/oauth-authorization-server/",
                              "/.well-known/oauth-authorization-server/todo/mcp",
                              "/.well-known/oauth-authorization-server/todo/mcp/",
                              "/.well-known/oauth-authorization-server/notes/mcp"}) {
        EXPECT_EQ(get(alias).body, response.body) << alias;
    }
}

TEST_F(MetadataDocuments, AdvertiseRegistrationOnlyWhereItIsOffered) {  // B05
    reload([](auto& c) { c.servers[0].allow_dynamic = false; });
    EXPECT_EQ(get("/.well-known/oauth-authorization-server").body.find("register"),
              std::string::npos);
}

TEST_F(MetadataDocuments, NeverNameAForeignOrigin) {  // B09, I21
    for (const char* path : {"/.well-known/oauth-authorization-server",
                             "/.well-known/oauth-protected-resource/todo/mcp"}) {
        EXPECT_EQ(get(path, {}, "https://evil.example").body, get(path).body);
    }
}

TEST_F(MetadataDocuments, KeepOriginsApart) {  // contract §4
    reload([](auto& c) {
        auto own = test::make_server("own", "https://own.example.com");
        own.mcp_path = "/mcp";
        own.mcp_url = "https://own.example.com/mcp";
        c.servers.push_back(own);
    });
    const std::string own = "https://own.example.com";
    EXPECT_EQ(get("/.well-known/oauth-protected-resource/todo/mcp", {}, own).status, 404);
    EXPECT_EQ(get("/.well-known/oauth-protected-resource/mcp").status, 404);
    const auto document =
        json::parse_object(get("/.well-known/oauth-protected-resource", {}, own).body);
    EXPECT_EQ(json::get_string(*document, "resource"), "https://own.example.com/mcp");
    EXPECT_EQ(json::get_strings(*document, "authorization_servers"), std::vector<std::string>{own});
}

TEST_F(MetadataDocuments, AreNotSentTwice) {  // B18
    const auto first = get("/.well-known/oauth-authorization-server");
    const std::string tag(first.headers.get("ETag").value_or(""));
    ASSERT_FALSE(tag.empty());
    for (const std::string& value : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
        const auto again =
            get("/.well-known/oauth-authorization-server", {{"If-None-Match", value}});
        EXPECT_EQ(again.status, 304) << value;
        EXPECT_TRUE(again.body.empty());
        EXPECT_EQ(again.headers.get("ETag"), tag);
    }
    EXPECT_EQ(get("/.well-known/oauth-authorization-server", {{"If-None-Match", "\"x\""}}).status,
              200);
}

TEST_F(MetadataDocuments, PublishOnlyPublicKeys) {  // F04
    const auto set = json::parse_object(get("/jwks.json").body);
    ASSERT_TRUE(set);
    const auto& keys = set->at("keys").as_array();
    ASSERT_EQ(keys.size(), 1U);
    const auto& key = keys[0].as_object();
    EXPECT_EQ(json::get_string(key, "use"), "sig");
    EXPECT_EQ(json::get_string(key, "alg"), "ES256");
    EXPECT_TRUE(key.contains("kid"));
    for (const char* name : {"d", "p", "q", "k"}) {
        EXPECT_FALSE(key.contains(name)) << name;
    }
}

TEST_F(MetadataDocuments, AllowPreflightsEverywhere) {  // B13, B14, B15
    for (const char* path : {"/.well-known/oauth-protected-resource/todo/mcp",
                             "/.well-known/oauth-authorization-server", "/jwks.json", "/register",
                             "/token", "/revoke", "/introspect"}) {
        const auto response =
            replica_->send({.method = "OPTIONS",
                            .path = path,
                            .headers = {{"Origin", "https://app.example"},
                                        {"Access-Control-Request-Headers",
                                         "authorization, Mcp-Param-Region, bad name, x\ry"}},
                            .origin = std::string(kOrigin)});
        EXPECT_EQ(response.status, 204) << path;
        EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
        EXPECT_FALSE(response.headers.get("Access-Control-Allow-Credentials"));
        EXPECT_TRUE(response.headers.get("Access-Control-Max-Age"));
        const std::string allowed(
            response.headers.get("Access-Control-Allow-Headers").value_or(""));
        for (const char* name : {"Authorization", "DPoP", "Content-Type", "MCP-Protocol-Version",
                                 "Mcp-Session-Id", "Last-Event-ID", "Mcp-Method", "Mcp-Name",
                                 "traceparent", "tracestate", "baggage", "Mcp-Param-Region"}) {
            EXPECT_NE(allowed.find(name), std::string::npos) << path << " " << name;
        }
        EXPECT_EQ(allowed.find("bad name"), std::string::npos);
        EXPECT_EQ(allowed.find('\r'), std::string::npos);
        const std::string methods(
            response.headers.get("Access-Control-Allow-Methods").value_or(""));
        EXPECT_NE(methods.find(path[1] == '.' || path[1] == 'j' ? "GET" : "POST"),
                  std::string::npos);
    }
}

}  // namespace
}  // namespace gatehouse::oauth
