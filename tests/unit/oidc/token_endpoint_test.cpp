// SPDX-License-Identifier: Apache-2.0
#include "oidc/token_endpoint.h"

#include <gtest/gtest.h>

#include "crypto/jwt.h"
#include "support/fake_clock.h"
#include "support/fake_downstream.h"
#include "support/fake_http_client.h"

namespace gatehouse::oidc {
namespace {

using catalog::ClientAuthMethod;

class TokenEndpointTest : public testing::Test {
  protected:
    TokenEndpointTest() {
        profile_.resource = "https://api.example";
        profile_.audience = "api";
        profile_.token_params = {{"tenant", "t1"}, {"grant_type", "password"}};
        http_.answer("https://auth.example/token", 200, R"({"access_token":"a"})");
    }

    http::ClientRequest sent(ClientAuthMethod method) {
        client_.method = method;
        EXPECT_TRUE(endpoint_.redeem(
            party_, {.code = "c", .redirect_uri = "https://o/cb", .verifier = "v"}));
        return http_.requests_to("https://auth.example/token").back();
    }

    static std::string form_field(const http::ClientRequest& request, std::string_view name) {
        return test::field(parse_form(request.body).value(), name);
    }

    const crypto::SigningKey key_ = crypto::SigningKey::generate();
    catalog::Profile profile_;
    Provider provider_{.issuer = "https://auth.example",
                       .endpoints = {.token = "https://auth.example/token",
                                     .revoke = "https://auth.example/revoke"}};
    ClientCredentials client_{.client_id = "gate:house",
                              .secret = Secret("s e/cret"),
                              .key = key_.to_pem(),
                              .generation = "g"};
    Party party_{.profile = profile_, .provider = provider_, .client = client_};
    test::FakeClock clock_;
    test::FakeHttpClient http_;
    TokenEndpoint endpoint_{http_, clock_};
};

TEST_F(TokenEndpointTest, WritesJsonForServersThatWantIt) {  // issue 5: quirks as data
    profile_.quirks.json_token_requests = true;
    const auto request = sent(ClientAuthMethod::kClientSecretBasic);
    EXPECT_EQ(request.headers.get("Content-Type"), "application/json");
    EXPECT_FALSE(request.headers.get("Authorization").value_or("").empty());
    const auto body = json::parse_object(request.body);
    ASSERT_TRUE(body) << request.body;
    EXPECT_EQ(json::get_string(*body, "grant_type"), "authorization_code");
    EXPECT_EQ(json::get_string(*body, "code_verifier"), "v");
}

TEST_F(TokenEndpointTest, SaysWhetherRevokingIsWorthAnotherTry) {  // G23
    http_.answer("https://auth.example/revoke", 503, "");
    EXPECT_FALSE(endpoint_.revoke(party_, {.access = Secret("a"), .refresh = Secret("r")}));
    http_.answer("https://auth.example/revoke", 400, R"({"error":"invalid_token"})");
    EXPECT_TRUE(endpoint_.revoke(party_, {.access = Secret("a"), .refresh = Secret("r")}));
    provider_.endpoints.revoke.clear();
    EXPECT_TRUE(endpoint_.revoke(party_, {.access = Secret("a"), .refresh = {}}));
}

TEST_F(TokenEndpointTest, RedeemsWithEverythingTheProfileSays) {  // G06
    const auto request = sent(ClientAuthMethod::kNone);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.headers.get("Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(form_field(request, "grant_type"), "authorization_code");
    EXPECT_EQ(form_field(request, "code"), "c");
    EXPECT_EQ(form_field(request, "redirect_uri"), "https://o/cb");
    EXPECT_EQ(form_field(request, "code_verifier"), "v");
    EXPECT_EQ(form_field(request, "resource"), "https://api.example");
    EXPECT_EQ(form_field(request, "audience"), "api");
    EXPECT_EQ(form_field(request, "tenant"), "t1");
}

TEST_F(TokenEndpointTest, PublicClientSendsItsIdOnly) {  // G07
    const auto request = sent(ClientAuthMethod::kNone);
    EXPECT_EQ(form_field(request, "client_id"), "gate:house");
    EXPECT_EQ(form_field(request, "client_secret"), "");
    EXPECT_FALSE(request.headers.get("Authorization"));
}

TEST_F(TokenEndpointTest, BasicIsFormEncodedAndNotInTheBody) {  // G07
    const auto request = sent(ClientAuthMethod::kClientSecretBasic);
    EXPECT_EQ(request.headers.get("Authorization"),
              "Basic " + base64_encode("gate%3Ahouse:s%20e%2Fcret"));
    EXPECT_EQ(form_field(request, "client_id"), "");
    EXPECT_EQ(form_field(request, "client_secret"), "");
}

TEST_F(TokenEndpointTest, PostIsInTheBodyOnly) {  // G07
    const auto request = sent(ClientAuthMethod::kClientSecretPost);
    EXPECT_EQ(form_field(request, "client_id"), "gate:house");
    EXPECT_EQ(form_field(request, "client_secret"), "s e/cret");
    EXPECT_FALSE(request.headers.get("Authorization"));
}

TEST_F(TokenEndpointTest, AssertionIsForTheIssuer) {  // G07
    const auto request = sent(ClientAuthMethod::kPrivateKeyJwt);
    EXPECT_EQ(form_field(request, "client_assertion_type"),
              "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const auto verified = crypto::verify_jwt(form_field(request, "client_assertion"),
                                             {.keys = {key_.public_key()}}, {crypto::Alg::kEs256});
    ASSERT_TRUE(verified);
    const auto& claims = verified->claims;
    EXPECT_EQ(json::get_string(claims, "iss"), "gate:house");
    EXPECT_EQ(json::get_string(claims, "sub"), "gate:house");
    EXPECT_TRUE(crypto::has_sole_audience(claims, "https://auth.example"));
    EXPECT_EQ(json::get_int(claims, "exp"), to_unix_seconds(clock_.now()) + 60);
    EXPECT_NE(form_field(sent(ClientAuthMethod::kPrivateKeyJwt), "client_assertion"),
              form_field(request, "client_assertion"));
    EXPECT_EQ(form_field(request, "client_secret"), "");
}

TEST_F(TokenEndpointTest, AnUnusableKeyIsTheOperatorsFault) {
    client_.method = ClientAuthMethod::kPrivateKeyJwt;
    client_.key = Secret("no key");
    const auto answer = endpoint_.refresh(party_, Secret("r"), "");
    EXPECT_EQ(answer.error().refusal, TokenRefusal::kOperator);
    EXPECT_EQ(http_.count("https://auth.example/token"), 0U);
}

TEST_F(TokenEndpointTest, RevokesOnceMoreAfterAFailure) {  // G23
    http_.answer("https://auth.example/revoke", 503, "");
    endpoint_.revoke(party_, {.access = Secret("a"), .refresh = Secret("r")});
    const auto requests = http_.requests_to("https://auth.example/revoke");
    ASSERT_EQ(requests.size(), 4U);
    EXPECT_EQ(form_field(requests[0], "token"), "r");
    EXPECT_EQ(form_field(requests[0], "token_type_hint"), "refresh_token");
    EXPECT_EQ(form_field(requests[2], "token"), "a");
    EXPECT_EQ(requests[0].timeout, std::chrono::seconds{5});
}

TEST_F(TokenEndpointTest, WithoutRevocationEndpointNothingIsSent) {
    provider_.endpoints.revoke.clear();
    endpoint_.revoke(party_, {.access = Secret("a"), .refresh = Secret("r")});
    EXPECT_EQ(http_.count(""), 0U);
}

}  // namespace
}  // namespace gatehouse::oidc
