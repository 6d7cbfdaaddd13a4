// SPDX-License-Identifier: Apache-2.0
#include "oauth/registration.h"

#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using test::kOrigin;
using test::Reply;

class RegistrationTest : public test::OAuthFixture {
  protected:
    [[nodiscard]] Reply send(const std::string& body,
                             const std::string& type = "application/json") const {
        http::Request request{.method = "POST",
                              .path = "/register",
                              .body = body,
                              .client_ip = "192.0.2.1",
                              .origin = std::string(kOrigin)};
        if (!type.empty()) {
            request.headers.set("Content-Type", type);
        }
        return read(replica_->send(request));
    }

    [[nodiscard]] Reply send(const json::Object& metadata) const {
        return send(json::dump(metadata));
    }

    [[nodiscard]] Reply with(const std::string& name, const json::Value& value) const {
        auto metadata = minimal();
        metadata[name] = value;
        return send(metadata);
    }

    [[nodiscard]] static json::Object minimal() {
        return {{"redirect_uris", json::Array{json::Value("http://127.0.0.1:5000/callback")}}};
    }
};

TEST_F(RegistrationTest, TakesWhatEveryRealClientSends) {  // C01, C08, rule 14
    // As captured from Claude Code, Codex, MCP Inspector, mcp-remote and opencode; then the three
    // URIs of Cursor, the four of VS Code and the empty scope of Gemini.
    const std::vector<std::string> bodies{
        R"x({"client_name":"Claude Code (demo)","redirect_uris":["http://localhost:51940/callback"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","application_type":"native","scope":"items:read offline_access"})x",
        R"({"client_name":"Codex","redirect_uris":["http://127.0.0.1:37533/callback"],"grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"none","response_types":["code"],"scope":"items:read","application_type":"native"})",
        R"({"redirect_uris":["http://127.0.0.1:6276/oauth/callback"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"client_name":"MCP Inspector","client_uri":"https://github.com/modelcontextprotocol/inspector","scope":"items:read","application_type":"native"})",
        R"({"redirect_uris":["http://localhost:20910/oauth/callback"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"client_name":"MCP CLI Client","client_uri":"https://github.com/modelcontextprotocol/mcp-cli","software_id":"2e6dc280-f3c3-4e01-99a7-8181dbd1d23d","software_version":"0.15.1","scope":"items:read","application_type":"native"})",
        R"({"redirect_uris":["http://127.0.0.1:19876/mcp/oauth/callback"],"client_name":"OpenCode","client_uri":"https://opencode.ai","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","scope":"items:read offline_access"})",
        R"({"client_name":"Cursor","redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","https://www.cursor.com/agents/mcp/oauth/callback","http://localhost:8787/callback"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","application_type":"web"})",
        R"({"client_name":"Visual Studio Code","client_uri":"https://code.visualstudio.com","grant_types":["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"],"response_types":["code"],"redirect_uris":["https://insiders.vscode.dev/redirect","https://vscode.dev/redirect","http://127.0.0.1/","http://127.0.0.1:33418/"],"token_endpoint_auth_method":"none","application_type":"native"})",
        R"({"client_name":"Gemini CLI","redirect_uris":["http://localhost:7777/oauth/callback"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"none","scope":""})"};
    for (const std::string& body : bodies) {
        const Reply reply = send(body);
        ASSERT_EQ(reply.status, 201) << body;
        const auto asked = *json::parse_object(body);
        EXPECT_EQ(reply.headers.get("Cache-Control"), "no-store");
        EXPECT_EQ(reply.headers.get("Access-Control-Allow-Origin"), "*");
        EXPECT_EQ(json::get_strings(reply.body, "redirect_uris"),
                  json::get_strings(asked, "redirect_uris"));
        EXPECT_EQ(json::get_strings(reply.body, "grant_types"),
                  (std::vector<std::string>{"authorization_code", "refresh_token"}));
        EXPECT_EQ(json::get_strings(reply.body, "response_types"),
                  (std::vector<std::string>{"code"}));
        EXPECT_EQ(reply.text("token_endpoint_auth_method"), "none");
        EXPECT_EQ(reply.text("application_type"), "native");
        EXPECT_EQ(reply.text("client_name"), json::get_string(asked, "client_name"));
        EXPECT_EQ(json::get_int(reply.body, "client_id_issued_at"), to_unix_seconds(clock_.now()));
        EXPECT_FALSE(reply.body.contains("client_secret"));
        EXPECT_FALSE(reply.body.contains("software_id"));
        for (const auto& member : reply.body) {
            EXPECT_FALSE(member.value().is_null()) << member.key();
            EXPECT_FALSE(member.value().is_string() && member.value().get_string().empty())
                << member.key();
        }
        const std::string id = reply.text("client_id");
        EXPECT_TRUE(id.starts_with("gh_"));
        EXPECT_LT(id.size(), 1024U);
        const auto client = replica_->clients->find(kOrigin, id);
        ASSERT_TRUE(client);
        EXPECT_EQ(client->redirect_uris, json::get_strings(asked, "redirect_uris"));
    }
    EXPECT_EQ(events_.events.size(), bodies.size());
    EXPECT_TRUE(events_.has("client.registered"));
}

TEST_F(RegistrationTest, StoresNothing) {  // C14, contract §5
    ASSERT_EQ(send(minimal()).status, 201);
    EXPECT_TRUE(replica_->client_store.list()->empty());
}

TEST_F(RegistrationTest, FillsInWhatIsMissing) {  // C04, C09
    const Reply native = send(minimal());
    ASSERT_EQ(native.status, 201);
    EXPECT_EQ(native.text("token_endpoint_auth_method"), "none");
    EXPECT_EQ(native.text("application_type"), "native");
    EXPECT_FALSE(native.body.contains("client_name"));
    EXPECT_FALSE(native.body.contains("scope"));
    const Reply web = send(R"({"redirect_uris":["https://web.example/cb"]})");
    EXPECT_EQ(web.text("token_endpoint_auth_method"), "client_secret_basic");
    EXPECT_EQ(web.text("application_type"), "web");
    EXPECT_EQ(web.text("client_secret").size(), 43U);
    EXPECT_EQ(json::get_int(web.body, "client_secret_expires_at"), 0);
}

TEST_F(RegistrationTest, SaysWhatItMadeOfTheRequest) {  // C01, C03, C10, rule 14
    EXPECT_EQ(with("scope", "claudeai items:read openid items:read").text("scope"), "items:read");
    EXPECT_FALSE(with("scope", "claudeai").body.contains("scope"));
    EXPECT_EQ(with("application_type", "web").text("application_type"), "native");
    EXPECT_EQ(
        json::get_strings(with("grant_types", json::Array{json::Value("authorization_code")}).body,
                          "grant_types"),
        (std::vector<std::string>{"authorization_code"}));
    EXPECT_FALSE(with("client_uri", "http://plain.example").body.contains("client_uri"));
    EXPECT_EQ(with("client_name", "a\xE2\x80\xAEz\n<b>").text("client_name"), "az<b>");
    EXPECT_LE(with("client_name", json::Value(std::string(10'000, 'n'))).text("client_name").size(),
              128U);
    EXPECT_EQ(with("logo_uri", json::Value(nullptr)).status, 201);
    EXPECT_EQ(with("client_name", json::Value(nullptr)).status, 201);
    auto many = minimal();
    for (int i = 0; i < 100; ++i) {
        many["unknown_" + std::to_string(i)] = i;
    }
    many["client_id"] = "chosen";
    many["client_secret"] = "chosen";
    const Reply reply = send(many);
    EXPECT_EQ(reply.status, 201);
    EXPECT_FALSE(reply.body.contains("unknown_1"));
    EXPECT_NE(reply.text("client_id"), "chosen");
}

TEST_F(RegistrationTest, RefusesBadMetadata) {  // C02, C05, C07
    const json::Array code{json::Value("code")};
    const std::vector<std::pair<const char*, json::Value>> bad{
        {"token_endpoint_auth_method", "client_secret_jwt"},
        {"token_endpoint_auth_method", 1},
        {"application_type", "desktop"},
        {"grant_types", json::Array{json::Value("client_credentials")}},
        {"grant_types", "authorization_code"},
        {"grant_types", json::Array{json::Value(1)}},
        {"response_types", json::Array{json::Value("token")}},
        {"scope", code},
        {"client_name", 5},
    };
    for (const auto& [name, value] : bad) {
        const Reply reply = with(name, value);
        EXPECT_EQ(reply.status, 400) << name;
        EXPECT_EQ(reply.error(), "invalid_client_metadata") << name;
    }
    for (const char* body :
         {"", "[]", "nonsense", R"({"redirect_uris":["https://a.example"],"redirect_uris":[]})"}) {
        EXPECT_EQ(send(std::string(body)).error(), "invalid_client_metadata") << body;
    }
    for (const char* body : {"{}", R"({"redirect_uris":[]})", R"({"redirect_uris":[1]})",
                             R"({"redirect_uris":"https://a.example/cb"})"}) {
        EXPECT_EQ(send(std::string(body)).error(), "invalid_redirect_uri") << body;
    }
    EXPECT_TRUE(events_.events.empty());
}

TEST_F(RegistrationTest, NamesTheOneBadRedirectUri) {  // C08
    const Reply reply = send(
        R"({"redirect_uris":["https://good.example/cb","http://bad.example/cb","http://localhost/cb"]})");
    EXPECT_EQ(reply.error(), "invalid_redirect_uri");
    EXPECT_NE(reply.text("error_description").find("http://bad.example/cb"), std::string::npos);
    EXPECT_EQ(reply.text("error_description").find("good.example"), std::string::npos);
}

TEST_F(RegistrationTest, WantsJsonOfBoundedSize) {  // C02, I38
    const std::string body = json::dump(minimal());
    EXPECT_EQ(send(body, "application/json; charset=utf-8").status, 201);
    EXPECT_EQ(send(body, "application/x-www-form-urlencoded").status, 415);
    EXPECT_EQ(send(body, "").status, 415);
    auto large = minimal();
    large["contacts"] = json::Value(std::string(17'000, 'x'));
    EXPECT_EQ(send(large).status, 413);
    json::Array uris;
    for (int i = 0; i < 21; ++i) {
        uris.emplace_back("https://a.example/" + std::to_string(i));
    }
    EXPECT_EQ(with("redirect_uris", uris).error(), "invalid_redirect_uri");
    const std::string long_uri = "https://a.example/" + std::string(1000, 'p');
    EXPECT_EQ(with("redirect_uris", json::Array{json::Value(long_uri)}).status, 400);
}

TEST_F(RegistrationTest, RefusesLinksThatABrowserWouldRunOrReadFromDisk) {  // C11, I11
    for (const char* member : {"client_uri", "logo_uri", "policy_uri", "tos_uri"}) {
        EXPECT_EQ(with(member, "https://a.example/page").status, 201) << member;
        for (const char* link : {"javascript:alert(1)", " JavaScript:alert(1)", "vbscript:x",
                                 "data:text/html,<script>", "file:///etc/passwd"}) {
            const Reply reply = with(member, link);
            EXPECT_EQ(reply.status, 400) << member << ' ' << link;
            EXPECT_EQ(reply.error(), "invalid_client_metadata");
        }
    }
}

TEST_F(RegistrationTest, IsOfferedOnlyWhereAServerAllowsIt) {  // B05
    reload([](auto& c) { c.servers[0].allow_dynamic = false; });
    EXPECT_EQ(send(minimal()).status, 404);
}

TEST_F(RegistrationTest, IsRefusedWhenItCannotBeRecorded) {
    events_.broken = true;
    EXPECT_EQ(send(minimal()).status, 503);
}

TEST_F(RegistrationTest, YieldsAClientThatCanRedeemACode) {  // C05, C13, C15
    auto metadata = minimal();
    metadata["token_endpoint_auth_method"] = "client_secret_post";
    const Reply registered = send(metadata);
    ASSERT_EQ(registered.status, 201);
    restart();
    auto code = make_code();
    code.client_id = registered.text("client_id");
    auto fields = code_fields(issue(code));
    std::erase_if(fields, [](const auto& field) { return field.first == "client_id"; });
    fields.emplace_back("client_id", code.client_id);
    EXPECT_EQ(post("/token", fields).error(), "invalid_client");
    fields.emplace_back("client_secret", registered.text("client_secret"));
    EXPECT_EQ(post("/token", fields).status, 200);

    ASSERT_TRUE(replica_->client_store.remember(*replica_->clients->find(kOrigin, code.client_id),
                                                kOrigin, clock_.now()));
    ASSERT_TRUE(replica_->client_store.set_state(kOrigin, code.client_id, ClientState::kDisabled));
    EXPECT_EQ(post("/token", fields).error(), "invalid_client");
}

TEST_F(RegistrationTest, StopsAtTheTokenEndpointOnceTheServerForbidsIt) {
    const Reply registered = send(minimal());
    auto code = make_code();
    code.client_id = registered.text("client_id");
    auto fields = code_fields(issue(code));
    std::erase_if(fields, [](const auto& field) { return field.first == "client_id"; });
    fields.emplace_back("client_id", code.client_id);
    reload([](auto& c) { c.servers[0].allow_dynamic = false; });
    EXPECT_EQ(post("/token", fields).error(), "unauthorized_client");
}

}  // namespace
}  // namespace gatehouse::oauth
