// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwt.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "unit/crypto/vectors.h"

namespace gatehouse::crypto {
namespace {

const std::vector<Alg> kAll{Alg::kEs256, Alg::kEs384, Alg::kRs256, Alg::kPs256, Alg::kEdDsa};

std::string compact(std::string_view header, std::string_view signature) {
    return std::string(header) + "." + std::string(vectors::kPayload) + "." +
           std::string(signature);
}

class JwtTest : public testing::Test {
  protected:
    /// A token with any header, signed well: each test spoils the header.
    std::string sign(const json::Object& header) const {
        const auto text =
            base64url_encode(json::dump(header)) + "." + base64url_encode(json::dump(claims_));
        return text + "." + base64url_encode(key_.sign(text));
    }

    Result<VerifiedJwt> verify(std::string_view token) const {
        return verify_jwt(token, keys_, kAll);
    }

    SigningKey key_ = SigningKey::generate();
    KeySet keys_{.keys = {key_.public_key()}};
    json::Object claims_{{"iss", "https://gate.example"}, {"aud", "https://gate.example/x"}};
    json::Object header_{{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", key_.kid()}};
};

TEST_F(JwtTest, VerifiesWhatItSigned) {
    const auto token = sign_jwt(key_, "at+jwt", claims_);
    const auto verified = verify(token);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->claims, claims_);
    EXPECT_EQ(verified->header, header_);
    const auto decoded = decode_jwt(token);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->typ, "at+jwt");
    EXPECT_EQ(decoded->kid, key_.kid());
    EXPECT_EQ(decoded->alg, Alg::kEs256);
    EXPECT_TRUE(verify(sign({{"alg", "ES256"}})));
}

// RFC 7515 A.2, A.3
TEST_F(JwtTest, VerifiesKnownVectors) {
    const KeySet keys{.keys = {vectors::key(vectors::kRs256Key), vectors::key(vectors::kEs256Key)}};
    for (const auto& token : {compact(vectors::kRs256Header, vectors::kRs256Signature),
                              compact(vectors::kEs256Header, vectors::kEs256Signature)}) {
        const auto verified = verify_jwt(token, keys, kAll);
        ASSERT_TRUE(verified);
        EXPECT_EQ(json::get_string(verified->claims, "iss"), "joe");
        EXPECT_EQ(json::get_int(verified->claims, "exp"), 1300819380);
    }
}

// I45
TEST_F(JwtTest, RefusesUnsignedAndSymmetricAlgorithms) {
    for (const auto* alg :
         {"none", "None", "NONE", "nOnE", "HS256", "HS512", "ES256K", "es256", ""}) {
        header_["alg"] = alg;
        EXPECT_EQ(verify(sign(header_)).error().detail, "alg not allowed") << alg;
    }
    header_["alg"] = nullptr;
    EXPECT_FALSE(verify(sign(header_)));
    header_.erase("alg");
    EXPECT_FALSE(verify(sign(header_)));
}

// I45: our public key, which everybody knows, as the secret of an HMAC
TEST_F(JwtTest, RefusesHmacKeyedWithThePublicKey) {
    header_["alg"] = "HS256";
    const auto text =
        base64url_encode(json::dump(header_)) + "." + base64url_encode(json::dump(claims_));
    const Secret public_bytes(json::dump(key_.public_key().to_jwk()));
    EXPECT_FALSE(verify(text + "." + base64url_encode(hmac_sha256(public_bytes, text))));
}

// I45
TEST_F(JwtTest, RefusesOtherAlgorithmThanTheKeys) {
    for (const auto* alg : {"ES384", "RS256", "PS256", "EdDSA"}) {
        header_["alg"] = alg;
        EXPECT_EQ(verify(sign(header_)).error().detail, "unknown key") << alg;
    }
}

TEST_F(JwtTest, RefusesAlgorithmsTheCallerDoesNotAllow) {
    const auto token = sign(header_);
    EXPECT_EQ(verify_jwt(token, keys_, {Alg::kRs256}).error().detail, "alg not allowed here");
    EXPECT_FALSE(verify_jwt(token, keys_, {}));
}

// I45
TEST_F(JwtTest, TreatsKidAsANameOnly) {
    for (const auto* kid :
         {"../../etc/passwd", "' OR 1=1 --", "https://evil.example/jwks", "other"}) {
        header_["kid"] = kid;
        EXPECT_EQ(verify(sign(header_)).error().detail, "unknown key") << kid;
    }
    header_["kid"] = 5;
    EXPECT_FALSE(verify(sign(header_)));
}

// I45
TEST_F(JwtTest, NeverUsesKeysFromTheHeader) {
    const auto attacker = SigningKey::generate();
    const auto forge = [&](json::Object header) {
        const auto text =
            base64url_encode(json::dump(header)) + "." + base64url_encode(json::dump(claims_));
        return text + "." + base64url_encode(attacker.sign(text));
    };
    auto embedded = header_;
    embedded["jwk"] = attacker.public_key().to_jwk();
    auto referenced = header_;
    referenced["jku"] = "https://evil.example/jwks";
    referenced["x5u"] = "https://evil.example/cert";
    EXPECT_EQ(verify(forge(embedded)).error().detail, "bad signature");
    EXPECT_EQ(verify(forge(referenced)).error().detail, "bad signature");
    embedded.erase("kid");
    EXPECT_FALSE(verify(forge(embedded)));
}

// I45, RFC 7515 §4.1.11
TEST_F(JwtTest, RefusesCriticalMembers) {
    header_["crit"] = json::to_array({"exp"});
    EXPECT_EQ(verify(sign(header_)).error().detail, "critical header members");
    header_["crit"] = nullptr;
    EXPECT_FALSE(verify(sign(header_)));
}

// I45
TEST_F(JwtTest, RefusesEmptyZeroAndForeignSignatures) {
    const auto token = sign(header_);
    const auto text = token.substr(0, token.rfind('.'));
    EXPECT_FALSE(verify(text + "."));
    EXPECT_FALSE(verify(text + "." + base64url_encode(std::string(64, '\0'))));
    EXPECT_FALSE(verify(text + "." + base64url_encode(SigningKey::generate().sign(text))));
    EXPECT_FALSE(verify(text + "." + base64url_encode(key_.sign(text + "x"))));
    ASSERT_TRUE(verify(token));
}

TEST_F(JwtTest, RefusesAlteredClaims) {
    auto token = sign(header_);
    claims_["sub"] = "admin";
    const auto other = sign(header_);
    const auto signature = token.substr(token.rfind('.'));
    EXPECT_FALSE(verify(other.substr(0, other.rfind('.')) + signature));
}

TEST_F(JwtTest, RefusesMisshapenTokens) {
    const auto token = sign(header_);
    const auto object = base64url_encode("{}");
    const auto list = base64url_encode("[]");
    const auto head = token.substr(0, token.find('.'));
    for (const auto& bad :
         {std::string(), std::string("."), std::string(".."), std::string("..."), token + ".",
          token + "=", token + "\n", " " + token, "." + token, head, head + "." + object,
          head + "." + list + ".AAAA", list + "." + object + ".AAAA", head + "." + object + ".A",
          head + "=." + object + ".AAAA", head + ".e30=.AAAA", head + "." + object + ".AA AA",
          base64url_encode(R"({"alg":"ES256","alg":"ES256"})") + "." + object + ".AAAA"}) {
        const auto decoded = decode_jwt(bad);
        ASSERT_FALSE(decoded) << bad;
        EXPECT_EQ(decoded.error().code, ErrorCode::kInvalid);
        EXPECT_FALSE(verify(bad));
    }
}

TEST_F(JwtTest, RefusesTokensAbove16KiB) {
    claims_["pad"] = std::string(11'000, 'x');
    EXPECT_TRUE(verify(sign(header_)));
    claims_["pad"] = std::string(12'500, 'x');
    EXPECT_EQ(verify(sign(header_)).error().detail, "token too large");
}

TEST_F(JwtTest, SaysNothingOfTheReasonToThePeer) {
    EXPECT_EQ(verify("").error().message, "the token is not valid");
    header_["kid"] = "other";
    EXPECT_EQ(verify(sign(header_)).error().message, "the token is not valid");
}

// A17
TEST(Audience, MustBeTheOnlyOneOrOneOfThem) {
    const json::Object one{{"aud", "a"}};
    const json::Object two = json::parse_object(R"({"aud":["b","a"]})").value();
    const json::Object odd{{"aud", 5}};
    EXPECT_TRUE(has_sole_audience(one, "a") && has_audience(one, "a"));
    EXPECT_TRUE(has_audience(two, "a"));
    EXPECT_FALSE(has_sole_audience(two, "a"));
    EXPECT_TRUE(has_sole_audience(json::parse_object(R"({"aud":["a"]})").value(), "a"));
    EXPECT_FALSE(has_sole_audience(one, "b") || has_audience(one, "b") || has_audience(one, ""));
    EXPECT_FALSE(has_sole_audience(odd, "a") || has_audience(odd, "a"));
    EXPECT_FALSE(has_sole_audience({}, "a") || has_audience({}, "a") || has_audience({}, ""));
}

}  // namespace
}  // namespace gatehouse::crypto
