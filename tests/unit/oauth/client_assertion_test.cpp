// SPDX-License-Identifier: Apache-2.0
#include "oauth/client_assertion.h"

#include "crypto/jwt.h"
#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::seconds;

const std::string kIssuer(test::kOrigin);
const std::string kKeysUrl = "https://backend.example/jwks.json";

json::Object key_set(const std::vector<crypto::SigningKey>& keys) {
    json::Array list;
    for (const auto& key : keys) {
        list.emplace_back(key.public_key().to_jwk());
    }
    return {{"keys", std::move(list)}};
}

/// The confidential client "backend" proves itself with a key of its own.
class ClientAssertionTest : public test::OAuthFixture {
  protected:
    ClientAssertionTest() { use_keys(json::dump(key_set({key_})), ""); }

    void use_keys(const std::string& jwks, const std::string& jwks_uri) {
        reload([&](auto& catalog) {
            auto& client = catalog.servers[0].clients[1];
            client.secret = Secret();
            client.jwks = jwks;
            client.jwks_uri = jwks_uri;
        });
    }

    [[nodiscard]] json::Object claims() const {
        const auto now = to_unix_seconds(clock_.now());
        return {{"iss", "backend"}, {"sub", "backend"}, {"aud", kIssuer},
                {"iat", now},       {"exp", now + 60},  {"jti", crypto::random_token(12)}};
    }

    [[nodiscard]] FormFields fields(const std::string& assertion) {
        auto code = make_code();
        code.client_id = "backend";
        return {{"grant_type", "authorization_code"},
                {"code", issue(code)},
                {"code_verifier", std::string(test::kVerifier)},
                {"redirect_uri", code.redirect_uri},
                {"client_assertion_type", std::string(kAssertionType)},
                {"client_assertion", assertion}};
    }

    [[nodiscard]] test::Reply redeem_with(const std::string& assertion) {
        return post("/token", fields(assertion));
    }

    template <typename Spoil>
    [[nodiscard]] test::Reply redeem_spoilt(Spoil spoil) {
        auto changed = claims();
        spoil(changed);
        return redeem_with(crypto::sign_jwt(key_, "JWT", changed));
    }

    crypto::SigningKey key_ = crypto::SigningKey::generate();
};

TEST_F(ClientAssertionTest, AuthenticatesAClientByItsSignature) {  // E06
    EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, "client-authentication+jwt", claims())).status,
              200);
    EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, "", claims())).status, 200);
    EXPECT_EQ(redeem_spoilt([](auto& c) { c["aud"] = json::Array{json::Value(kIssuer)}; }).status,
              200);
    auto named = fields(crypto::sign_jwt(key_, "JWT", claims()));
    named.emplace_back("client_id", "backend");
    EXPECT_EQ(post("/token", named).status, 200);
}

TEST_F(ClientAssertionTest, IsRefusedForEveryWrongClaim) {  // E06, I56
    const auto now = to_unix_seconds(clock_.now());
    const std::vector<std::function<void(json::Object&)>> spoils{
        [](auto& c) { c["aud"] = kIssuer + "/token"; },
        [](auto& c) { c["aud"] = kIssuer + "/"; },
        [](auto& c) {
            c["aud"] = json::Array{json::Value(kIssuer), json::Value("https://x.example")};
        },
        [](auto& c) { c.erase("aud"); },
        [](auto& c) { c["iss"] = "desktop"; },
        [](auto& c) { c["sub"] = "desktop"; },
        [](auto& c) { c.erase("iss"); },
        [](auto& c) { c["iss"] = c["sub"] = "nobody"; },
        [](auto& c) { c.erase("jti"); },
        [](auto& c) { c["jti"] = ""; },
        [](auto& c) { c["jti"] = std::string(257, 'j'); },
        [](auto& c) { c.erase("exp"); },
        [&](auto& c) { c["exp"] = now; },
        [&](auto& c) { c["exp"] = now + 361; },
        [&](auto& c) { c["nbf"] = now + 61; },
        [](auto& c) { c["iat"] = "today"; },
    };
    for (std::size_t i = 0; i < spoils.size(); ++i) {
        const auto reply = redeem_spoilt(spoils[i]);
        EXPECT_EQ(reply.status, 401) << i;
        EXPECT_EQ(reply.error(), "invalid_client") << i;
    }
}

TEST_F(ClientAssertionTest, IsRefusedWhenItIsATokenOfAnotherKind) {  // E06, F07
    for (const auto* type : {"at+jwt", "dpop+jwt", "oauth-id-jag+jwt", "gatehouse-assertion+jwt"}) {
        EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, type, claims())).error(), "invalid_client")
            << type;
    }
}

TEST_F(ClientAssertionTest, IsRefusedWithoutTheRightSignature) {  // E06, I56
    const auto other = crypto::SigningKey::generate();
    EXPECT_EQ(redeem_with(crypto::sign_jwt(other, "JWT", claims())).error(), "invalid_client");
    std::string cut = crypto::sign_jwt(key_, "JWT", claims());
    cut.resize(cut.rfind('.') + 1);
    EXPECT_EQ(redeem_with(cut).error(), "invalid_client");
    const auto part = [](const json::Object& object) {
        return base64url_encode(json::dump(object));
    };
    for (const auto* alg : {"none", "HS256"}) {
        EXPECT_EQ(redeem_with(part({{"alg", alg}}) + "." + part(claims()) + ".AAAA").error(),
                  "invalid_client")
            << alg;
    }
    EXPECT_EQ(redeem_with("x").error(), "invalid_client");
}

TEST_F(ClientAssertionTest, WorksOnce) {  // E06, I56
    const auto assertion = crypto::sign_jwt(key_, "JWT", claims());
    EXPECT_EQ(redeem_with(assertion).status, 200);
    EXPECT_EQ(redeem_with(assertion).error(), "invalid_client");
    restart();
    EXPECT_EQ(redeem_with(assertion).error(), "invalid_client");
}

TEST_F(ClientAssertionTest, IsTheOnlyWayForAClientWithAKeyAndNoOtherBesideIt) {  // E04, C25
    auto bare = fields("x");
    std::erase_if(bare, [](const auto& field) { return field.first.starts_with("client_"); });
    bare.emplace_back("client_id", "backend");
    EXPECT_EQ(post("/token", bare).error(), "invalid_client");
    EXPECT_EQ(post("/revoke", {{"token", "x"}, {"client_id", "backend"}}).error(),
              "invalid_client");

    auto both = fields(crypto::sign_jwt(key_, "JWT", claims()));
    both.emplace_back("client_secret", "x");
    EXPECT_EQ(post("/token", both).error(), "invalid_request");
    auto request = form_request("/token", fields(crypto::sign_jwt(key_, "JWT", claims())));
    request.headers.set("Authorization", "Basic " + base64_encode("backend:x"));
    EXPECT_EQ(read(replica_->send(request)).error(), "invalid_request");
}

TEST_F(ClientAssertionTest, MustSayItsTypeAndNameTheSameClient) {  // E06
    auto untyped = fields(crypto::sign_jwt(key_, "JWT", claims()));
    std::erase_if(untyped, [](const auto& f) { return f.first == "client_assertion_type"; });
    EXPECT_EQ(post("/token", untyped).error(), "invalid_client");
    auto other = fields(crypto::sign_jwt(key_, "JWT", claims()));
    other.emplace_back("client_id", "desktop");
    EXPECT_EQ(post("/token", other).error(), "invalid_client");
}

TEST_F(ClientAssertionTest, DoesNotBurnTheCodeWhenItFails) {  // E09
    auto form = fields("x");
    EXPECT_EQ(post("/token", form).status, 401);
    for (auto& [name, value] : form) {
        value = name == "client_assertion" ? crypto::sign_jwt(key_, "JWT", claims()) : value;
    }
    EXPECT_EQ(post("/token", form).status, 200);
}

TEST_F(ClientAssertionTest, SlowsDownGuessesOfASignature) {  // I61
    const auto other = crypto::SigningKey::generate();
    test::Reply reply;
    for (int i = 0; i < 12; ++i) {
        reply = redeem_with(crypto::sign_jwt(other, "JWT", claims()));
    }
    EXPECT_EQ(reply.status, 429);
}

TEST_F(ClientAssertionTest, FetchesKeysAgainForAnUnknownOneAtMostOnceAMinute) {  // E07
    use_keys("", kKeysUrl);
    replica_->http.answer(kKeysUrl, 200, json::dump(key_set({key_})));
    const auto fetches = [&] { return replica_->http.requests_to(kKeysUrl).size(); };
    EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, "JWT", claims())).status, 200);
    EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, "JWT", claims())).status, 200);
    EXPECT_EQ(fetches(), 1U);

    const auto next = crypto::SigningKey::generate();
    replica_->http.answer(kKeysUrl, 200, json::dump(key_set({next})));
    clock_.advance(seconds{30});
    EXPECT_EQ(redeem_with(crypto::sign_jwt(next, "JWT", claims())).status, 401);
    EXPECT_EQ(fetches(), 1U);
    clock_.advance(seconds{31});
    EXPECT_EQ(redeem_with(crypto::sign_jwt(next, "JWT", claims())).status, 200);
    EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, "JWT", claims())).status, 401);
    EXPECT_EQ(fetches(), 2U);
}

TEST_F(ClientAssertionTest, OutlivesAShortOutageOfTheKeysHost) {
    use_keys("", kKeysUrl);
    replica_->http.answer(kKeysUrl, 200, json::dump(key_set({key_})));
    EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, "JWT", claims())).status, 200);
    replica_->http.fail_with(kKeysUrl, ErrorCode::kTimeout);
    clock_.advance(std::chrono::minutes{6});
    EXPECT_EQ(redeem_with(crypto::sign_jwt(key_, "JWT", claims())).status, 200);
    clock_.advance(std::chrono::hours{2});
    const auto reply = redeem_with(crypto::sign_jwt(key_, "JWT", claims()));
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.error(), "temporarily_unavailable");
}

TEST_F(ClientAssertionTest, WorksForAClientThatRegisteredItself) {  // C05, C06
    http::Request request{.method = "POST", .path = "/register", .origin = kIssuer};
    request.headers.set("Content-Type", "application/json");
    const auto register_with = [&](const json::Object& more) {
        json::Object metadata{{"redirect_uris", {"http://127.0.0.1:5000/callback"}},
                              {"token_endpoint_auth_method", "private_key_jwt"}};
        metadata.insert(more.begin(), more.end());
        request.body = json::dump(metadata);
        return read(replica_->send(request));
    };
    const auto reply = register_with({{"jwks", key_set({key_})}});
    ASSERT_EQ(reply.status, 201) << json::dump(reply.body);
    EXPECT_FALSE(reply.body.contains("client_secret"));
    EXPECT_TRUE(reply.body.contains("jwks"));
    auto code = make_code();
    code.client_id = reply.text("client_id");
    auto own = claims();
    own["iss"] = own["sub"] = code.client_id;
    EXPECT_EQ(post("/token", {{"grant_type", "authorization_code"},
                              {"code", issue(code)},
                              {"code_verifier", std::string(test::kVerifier)},
                              {"client_assertion_type", std::string(kAssertionType)},
                              {"client_assertion", crypto::sign_jwt(key_, "JWT", own)}})
                  .status,
              200);

    EXPECT_EQ(register_with({{"jwks_uri", "https://app.example/jwks.json"}}).text("jwks_uri"),
              "https://app.example/jwks.json");
    json::Object secret = key_set({key_});
    secret["keys"].as_array()[0].as_object()["d"] = "x";
    const json::Object symmetric{{"keys", {{{"kty", "oct"}, {"k", "c2VjcmV0"}}}}};
    for (const json::Object& bad : std::vector<json::Object>{
             {},
             {{"jwks", key_set({key_})}, {"jwks_uri", "https://app.example/jwks.json"}},
             {{"jwks", secret}},
             {{"jwks", symmetric}},
             {{"jwks", {{"keys", json::Array{}}}}},
             {{"jwks", "x"}},
             {{"jwks_uri", "http://app.example/jwks.json"}},
             {{"jwks_uri", "https://u@app.example/jwks.json"}},
             {{"jwks_uri", 1}}}) {
        EXPECT_EQ(register_with(bad).error(), "invalid_client_metadata") << json::dump(bad);
    }
}

}  // namespace
}  // namespace gatehouse::oauth
