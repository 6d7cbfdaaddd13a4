// SPDX-License-Identifier: Apache-2.0
#include "grants/client_registry.h"

#include "unit/grants/fixture.h"

namespace gatehouse::grants {
namespace {

using catalog::ClientAuthMethod;
using catalog::RegistrationKind;
using std::chrono::minutes;

class ClientRegistryTest : public GrantsTest {
  protected:
    ClientRegistryTest() { register_as({{"client_id", "dyn-1"}, {"client_secret", "s-1"}}); }

    void use(RegistrationKind kind, ClientAuthMethod method) {
        profile_.registration = kind;
        profile_.auth_method = method;
        publish();
    }

    void use_dynamic() { use(RegistrationKind::kDynamic, ClientAuthMethod::kClientSecretBasic); }

    void register_as(const json::Object& answer, int status = 201) {
        http_.answer(kRegister, status, json::dump(answer));
    }

    std::string client_id_asked() {
        const auto start = connector().begin({.server = "reader"});
        EXPECT_TRUE(start) << (start ? "" : describe(start.error()));
        return start ? test::field(test::query_of(start->redirect_url), "client_id") : "";
    }

    static constexpr const char* kRegister = "https://auth.todo.example/register";
};

TEST_F(ClientRegistryTest, RegistersOnceAndUsesWhatItGot) {
    use_dynamic();
    EXPECT_EQ(client_id_asked(), "dyn-1");
    connect();
    EXPECT_TRUE(broker().token_for("u1", "reader"));
    ASSERT_EQ(http_.count(kRegister), 1U);
    const auto sent = json::parse_object(http_.requests_to(kRegister)[0].body).value();
    EXPECT_EQ(json::get_strings(sent, "redirect_uris"),
              std::vector<std::string>{"https://mcp.example.com/connect/todo/callback"});
    EXPECT_EQ(json::get_strings(sent, "grant_types"),
              (std::vector<std::string>{"authorization_code", "refresh_token"}));
    EXPECT_EQ(json::get_string(sent, "token_endpoint_auth_method"), "client_secret_basic");
    EXPECT_EQ(json::get_string(sent, "application_type"), "web");
    EXPECT_EQ(http_.requests_to("https://auth.todo.example/token")[0].headers.get("Authorization"),
              "Basic " + base64_encode("dyn-1:s-1"));
}

TEST_F(ClientRegistryTest, AnotherProcessSharesTheRegistration) {
    use_dynamic();
    ASSERT_EQ(client_id_asked(), "dyn-1");
    ASSERT_TRUE(another_process()->connector().begin({.server = "reader"}));
    EXPECT_EQ(http_.count(kRegister), 1U);
}

TEST_F(ClientRegistryTest, TheSecretIsNotReadableInTheDatabase) {  // G15
    use_dynamic();
    ASSERT_EQ(client_id_asked(), "dyn-1");
    const auto rows = database_->query("SELECT sealed FROM downstream_clients", {}).value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].blob(0).find("s-1"), std::string::npos);
}

TEST_F(ClientRegistryTest, GrantsStayWithTheRegistrationThatObtainedThem) {
    use_dynamic();
    connect();
    servers_.push_back(server("third", {"todos.read"}));
    servers_.back().origin = "https://third.example.com";
    publish();
    register_as({{"client_id", "dyn-2"}, {"client_secret", "s-2"}});
    EXPECT_EQ(client_id_asked(), "dyn-2");
    clock_.advance(minutes{61});
    ASSERT_TRUE(broker().token_for("u1", "reader"));
    EXPECT_EQ(
        http_.requests_to("https://auth.todo.example/token").back().headers.get("Authorization"),
        "Basic " + base64_encode("dyn-1:s-1"));
}

TEST_F(ClientRegistryTest, RegistersAnewAfterTheServerForgotUs) {
    use_dynamic();
    connect();
    clock_.advance(minutes{61});
    downstream_.token_answer = [](auto&) {
        return test::FakeDownstream::error(401, "invalid_client");
    };
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kOperator);
    register_as({{"client_id", "dyn-2"}, {"client_secret", "s-2"}});
    clock_.advance(minutes{1});
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_EQ(client_id_asked(), "dyn-2");
}

TEST_F(ClientRegistryTest, RegistersAnewWhenTheSecretExpires) {
    use_dynamic();
    register_as({{"client_id", "dyn-1"},
                 {"client_secret", "s-1"},
                 {"client_secret_expires_at", to_unix_seconds(clock_.now()) + 60}});
    EXPECT_EQ(client_id_asked(), "dyn-1");
    clock_.advance(minutes{1});
    register_as({{"client_id", "dyn-2"}, {"client_secret", "s-2"}});
    EXPECT_EQ(client_id_asked(), "dyn-2");
}

TEST_F(ClientRegistryTest, RefusesUnusableRegistrations) {
    use_dynamic();
    const std::vector<json::Object> answers{{},
                                            {{"client_id", ""}, {"client_secret", "s"}},
                                            {{"client_id", "a\nb"}, {"client_secret", "s"}},
                                            {{"client_id", "a"}},
                                            {{"client_id", "a"},
                                             {"client_secret", "s"},
                                             {"token_endpoint_auth_method", "tls_client_auth"}}};
    for (const json::Object& answer : answers) {
        SCOPED_TRACE(json::dump(answer));
        register_as(answer);
        EXPECT_EQ(connector().begin({.server = "reader"}).error().code, ErrorCode::kPeer);
    }
    register_as({{"error", "invalid_client_metadata"}}, 400);
    EXPECT_EQ(connector().begin({.server = "reader"}).error().code, ErrorCode::kPeer);
    register_as({}, 503);
    EXPECT_EQ(connector().begin({.server = "reader"}).error().code, ErrorCode::kUnavailable);
    downstream_.metadata.erase("registration_endpoint");
    clock_.advance(minutes{11});
    EXPECT_EQ(connector().begin({.server = "reader"}).error().code, ErrorCode::kPeer);
}

TEST_F(ClientRegistryTest, PublicWhereTheServerAllowsItAndSecretWhereNot) {
    use(RegistrationKind::kDynamic, ClientAuthMethod::kNone);
    downstream_.metadata["token_endpoint_auth_methods_supported"] =
        json::Array{"client_secret_post"};
    ASSERT_EQ(client_id_asked(), "dyn-1");
    const auto sent = json::parse_object(http_.requests_to(kRegister)[0].body).value();
    EXPECT_EQ(json::get_string(sent, "token_endpoint_auth_method"), "client_secret_post");
}

TEST_F(ClientRegistryTest, NamesItselfByItsDocument) {
    use(RegistrationKind::kCimd, ClientAuthMethod::kNone);
    const auto document = grants_.clients().document("todo").value();
    const std::string id = "https://mcp.example.com/.well-known/oauth-client/todo.json";
    EXPECT_EQ(json::get_string(document, "client_id"), id);
    EXPECT_EQ(json::get_string(document, "token_endpoint_auth_method"), "none");
    EXPECT_EQ(json::get_strings(document, "redirect_uris"),
              std::vector<std::string>{"https://mcp.example.com/connect/todo/callback"});
    EXPECT_FALSE(document.contains("jwks"));
    EXPECT_EQ(client_id_asked(), id);
}

TEST_F(ClientRegistryTest, TheDocumentShowsThePublicKeyOnly) {
    const auto key = crypto::SigningKey::generate();
    profile_.client_key = key.to_pem();
    use(RegistrationKind::kCimd, ClientAuthMethod::kPrivateKeyJwt);
    const auto document = grants_.clients().document("todo").value();
    const auto keys = crypto::KeySet::from_json(document.at("jwks").as_object()).value();
    ASSERT_EQ(keys.keys.size(), 1U);
    EXPECT_EQ(keys.keys[0].kid(), key.kid());
    EXPECT_EQ(json::dump(document).find("\"d\""), std::string::npos);
}

TEST_F(ClientRegistryTest, OtherProfilesHaveNoDocument) {
    EXPECT_EQ(grants_.clients().document("todo").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(grants_.clients().document("nowhere").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gatehouse::grants
