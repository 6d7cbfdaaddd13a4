// SPDX-License-Identifier: Apache-2.0
#include "oauth/token_verifier.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "support/fake_clock.h"

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kIssuer = "https://mcp.example.com";
constexpr std::string_view kAudience = "https://mcp.example.com/todo/mcp";

class TokenVerifier : public ::testing::Test {
  protected:
    TokenVerifier() { keys_.keys.push_back(key_.public_key()); }

    [[nodiscard]] json::Object claims() const {
        const auto now = to_unix_seconds(clock_.now());
        return {{"iss", kIssuer},    {"aud", kAudience},  {"sub", "u1"},
                {"client_id", "c1"}, {"sid", "s1"},       {"jti", "j1"},
                {"iat", now},        {"exp", now + 3600}, {"scope", "a b"}};
    }

    [[nodiscard]] std::expected<AccessToken, TokenFault> verify(std::string_view token) const {
        return verify_access_token(token, kIssuer, kAudience, keys_, clock_.now());
    }

    [[nodiscard]] std::expected<AccessToken, TokenFault> verify(const json::Object& c) const {
        return verify(crypto::sign_jwt(key_, "at+jwt", c));
    }

    /// With a header of the test's choice and whatever signature.
    [[nodiscard]] std::string forge(const json::Object& header, std::string_view signature) const {
        return base64url_encode(json::dump(header)) + "." + base64url_encode(json::dump(claims())) +
               "." + base64url_encode(signature);
    }

    test::FakeClock clock_;
    crypto::SigningKey key_ = crypto::SigningKey::generate();
    crypto::KeySet keys_;
};

TEST_F(TokenVerifier, AcceptsAGoodToken) {  // A18, F02
    const auto token = verify(claims());
    ASSERT_TRUE(token);
    EXPECT_EQ(token->subject, "u1");
    EXPECT_EQ(token->client_id, "c1");
    EXPECT_EQ(token->connection, "s1");
    EXPECT_EQ(token->token_id, "j1");
    EXPECT_EQ(token->scopes, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(token->expires_at, to_unix_seconds(clock_.now()) + 3600);
    auto sole = claims();
    sole["aud"] = json::Array{json::Value(kAudience)};
    EXPECT_TRUE(verify(sole));
    auto bare = claims();
    bare.erase("scope");
    EXPECT_TRUE(verify(bare)->scopes.empty());
}

TEST_F(TokenVerifier, RefusesWrongOrMissingClaims) {  // A17, I46, I47, I48
    for (const char* name : {"iss", "aud", "sub", "client_id", "sid", "jti", "iat", "exp"}) {
        auto without = claims();
        without.erase(name);
        EXPECT_EQ(verify(without).error(), TokenFault::kRejected) << name;
        auto wrong = claims();
        wrong[name] = json::Object{};
        EXPECT_EQ(verify(wrong).error(), TokenFault::kRejected) << name;
    }
    const auto now = to_unix_seconds(clock_.now());
    const std::vector<std::pair<const char*, json::Value>> spoiled{
        {"iss", "https://evil.example"},
        {"iss", "https://mcp.example.com/"},
        {"aud", "https://mcp.example.com/other/mcp"},
        {"aud", "https://mcp.example.com/todo/mcp/"},
        {"aud", json::Array{json::Value(kAudience), json::Value("https://evil.example")}},
        {"aud", json::Array{}},
        {"sub", ""},
        {"scope", 7},
        {"nbf", now + 61},
        {"nbf", "soon"},
        {"iat", now + 61},
        {"exp", "never"}};
    for (const auto& [name, value] : spoiled) {
        auto c = claims();
        c[name] = value;
        EXPECT_EQ(verify(c).error(), TokenFault::kRejected) << name << " " << json::dump(value);
    }
}

TEST_F(TokenVerifier, AllowsAMinuteOfSkewExceptForTheEnd) {  // A18, F13
    const auto now = to_unix_seconds(clock_.now());
    auto early = claims();
    early["iat"] = now + 60;
    early["nbf"] = now + 60;
    EXPECT_TRUE(verify(early));
    auto ending = claims();
    ending["exp"] = now + 1;
    EXPECT_TRUE(verify(ending));
    ending["exp"] = now;
    EXPECT_EQ(verify(ending).error(), TokenFault::kExpired);
}

TEST_F(TokenVerifier, SaysExpiredOnlyOfTokensThatWereGood) {
    auto c = claims();
    c["exp"] = 1;
    c["aud"] = "https://evil.example";
    EXPECT_EQ(verify(c).error(), TokenFault::kRejected);
}

TEST_F(TokenVerifier, RefusesOtherKindsOfTokens) {  // F07, I46
    for (const char* typ : {"JWT", "dpop+jwt", "oauth-id-jag+jwt", "client-authentication+jwt",
                            "gatehouse-assertion+jwt", ""}) {
        EXPECT_EQ(verify(crypto::sign_jwt(key_, typ, claims())).error(), TokenFault::kRejected)
            << typ;
    }
}

TEST_F(TokenVerifier, RefusesForgedSignatures) {  // I45
    const std::string kid = key_.kid();
    EXPECT_FALSE(verify(forge({{"alg", "none"}, {"typ", "at+jwt"}}, "")));
    const std::string head_and_body = [&] {
        const std::string token = forge({{"alg", "HS256"}, {"typ", "at+jwt"}, {"kid", kid}}, "");
        return token.substr(0, token.rfind('.'));
    }();
    const std::string public_key = json::dump(key_.public_key().to_jwk());
    EXPECT_FALSE(verify(head_and_body + "." +
                        base64url_encode(crypto::hmac_sha256(Secret(public_key), head_and_body))));
    const json::Object es256{{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", kid}};
    EXPECT_FALSE(verify(forge(es256, std::string(64, '\0'))));
    EXPECT_FALSE(verify(forge(es256, "")));
    EXPECT_FALSE(verify(forge(es256, std::string(63, 'x'))));
    auto critical = es256;
    critical["crit"] = json::Array{json::Value("exp")};
    EXPECT_FALSE(verify(forge(critical, std::string(64, '\1'))));

    const auto attacker = crypto::SigningKey::generate();
    EXPECT_EQ(verify(crypto::sign_jwt(attacker, "at+jwt", claims())).error(),
              TokenFault::kRejected);
    for (const char* header : {"jwk", "jku", "x5u"}) {
        json::Object forged{{"alg", "ES256"}, {"typ", "at+jwt"}};
        forged[header] = header == std::string_view("jwk")
                             ? json::Value(attacker.public_key().to_jwk())
                             : json::Value("https://evil.example/jwks.json");
        const std::string signed_part =
            base64url_encode(json::dump(forged)) + "." + base64url_encode(json::dump(claims()));
        EXPECT_FALSE(verify(signed_part + "." + base64url_encode(attacker.sign(signed_part))))
            << header;
    }
    for (const char* evil : {"../../etc/passwd", "' OR 1=1 --", "https://evil.example/key"}) {
        json::Object forged{{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", evil}};
        EXPECT_FALSE(verify(forge(forged, std::string(64, '\1')))) << evil;
    }
}

TEST_F(TokenVerifier, RefusesAlteredTokens) {
    const std::string token = crypto::sign_jwt(key_, "at+jwt", claims());
    ASSERT_TRUE(verify(token));
    for (std::size_t i = 0; i < token.size(); i += 7) {
        std::string altered = token;
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify(altered)) << i;
    }
    EXPECT_EQ(verify("").error(), TokenFault::kMalformed);
    EXPECT_EQ(verify("abc").error(), TokenFault::kMalformed);
    EXPECT_FALSE(verify(token + "="));
    EXPECT_FALSE(verify(token + "."));
    EXPECT_FALSE(verify(token.substr(0, token.size() - 1)));
}

TEST_F(TokenVerifier, RefusesEverythingWithoutKeys) {
    keys_.keys.clear();
    EXPECT_EQ(verify(claims()).error(), TokenFault::kRejected);
}

TEST(IsRevoked, LooksAtConnectionAndToken) {  // A22
    const AccessToken token{.connection = "s1", .token_id = "j1"};
    EXPECT_FALSE(is_revoked(token, {}));
    EXPECT_TRUE(is_revoked(token, {.revoked_connections = {"s1"}}));
    EXPECT_TRUE(is_revoked(token, {.revoked_tokens = {"j1"}}));
    EXPECT_FALSE(is_revoked(token, {.revoked_connections = {"j1"}, .revoked_tokens = {"s1"}}));
}

}  // namespace
}  // namespace gatehouse::oauth
