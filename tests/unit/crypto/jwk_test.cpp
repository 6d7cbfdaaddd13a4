// SPDX-License-Identifier: Apache-2.0
#include "crypto/jwk.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "unit/crypto/vectors.h"

namespace gatehouse::crypto {
namespace {

std::string raw(std::string_view base64url) {
    return base64url_decode(base64url).value();
}

std::string signed_part(std::string_view header) {
    return std::string(header) + "." + std::string(vectors::kPayload);
}

TEST(PublicKey, VerifiesKnownVectors) {
    EXPECT_TRUE(vectors::key(vectors::kRs256Key)
                    .verify(Alg::kRs256, signed_part(vectors::kRs256Header),
                            raw(vectors::kRs256Signature)));
    EXPECT_TRUE(vectors::key(vectors::kEs256Key)
                    .verify(Alg::kEs256, signed_part(vectors::kEs256Header),
                            raw(vectors::kEs256Signature)));
    EXPECT_TRUE(vectors::key(vectors::kEd25519Key)
                    .verify(Alg::kEdDsa, vectors::kEd25519Signed, raw(vectors::kEd25519Signature)));
    EXPECT_TRUE(vectors::key(vectors::kEs384Key)
                    .verify(Alg::kEs384, "signed text", raw(vectors::kEs384Signature)));
    EXPECT_TRUE(vectors::key(vectors::kPs256Key)
                    .verify(Alg::kPs256, "signed text", raw(vectors::kPs256Signature)));
}

TEST(PublicKey, RefusesAlteredTextAndSignature) {
    const auto key = vectors::key(vectors::kEs384Key);
    auto altered = raw(vectors::kEs384Signature);
    EXPECT_FALSE(key.verify(Alg::kEs384, "signed texu", altered));
    altered.back() = static_cast<char>(altered.back() ^ 1);
    EXPECT_FALSE(key.verify(Alg::kEs384, "signed text", altered));
    EXPECT_FALSE(vectors::key(vectors::kPs256Key)
                     .verify(Alg::kPs256, "signed text", raw(vectors::kPs256ShortSaltSignature)));
}

// I45
TEST(PublicKey, RefusesMisshapenEcdsaSignatures) {
    const auto key = vectors::key(vectors::kEs256Key);
    const auto text = signed_part(vectors::kEs256Header);
    const auto good = raw(vectors::kEs256Signature);
    const std::string zero(32, '\0');
    for (const auto& bad :
         {std::string(), zero + zero, zero + good.substr(32), good.substr(0, 32) + zero,
          good.substr(0, 63), good + '\0', std::string(64, '\xFF'), std::string(96, 'x')}) {
        EXPECT_FALSE(key.verify(Alg::kEs256, text, bad));
    }
    ASSERT_TRUE(key.verify(Alg::kEs256, text, good));
}

// I45
TEST(PublicKey, RefusesOtherAlgorithmsThanItsOwn) {
    const auto rsa = vectors::key(vectors::kRs256Key);
    EXPECT_TRUE(rsa.allows(Alg::kRs256) && rsa.allows(Alg::kPs256));
    EXPECT_FALSE(rsa.allows(Alg::kEs256) || rsa.allows(Alg::kEdDsa));
    EXPECT_FALSE(
        rsa.verify(Alg::kPs256, signed_part(vectors::kRs256Header), raw(vectors::kRs256Signature)));
    auto jwk = vectors::jwk(vectors::kRs256Key);
    jwk["alg"] = "PS256";
    const auto only_pss = PublicKey::from_jwk(jwk);
    ASSERT_TRUE(only_pss);
    EXPECT_FALSE(only_pss->allows(Alg::kRs256));
    EXPECT_FALSE(only_pss->verify(Alg::kRs256, signed_part(vectors::kRs256Header),
                                  raw(vectors::kRs256Signature)));
    const auto p384 = vectors::key(vectors::kEs384Key);
    EXPECT_FALSE(p384.allows(Alg::kEs256));
    EXPECT_FALSE(p384.verify(Alg::kEs256, "signed text", raw(vectors::kEs384Signature)));
}

TEST(PublicKey, RefusesPrivateAndSymmetricMembers) {
    for (const auto* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
        auto jwk = vectors::jwk(vectors::kEs256Key);
        jwk[member] = "AQAB";
        ASSERT_FALSE(PublicKey::from_jwk(jwk)) << member;
        EXPECT_EQ(PublicKey::from_jwk(jwk).error().code, ErrorCode::kInvalid);
    }
    EXPECT_FALSE(PublicKey::from_jwk(vectors::jwk(R"({"kty":"oct","k":"AQAB"})")));
}

struct Spoiled {
    std::string_view base, member, value;  // value: JSON
};

class SpoiledKey : public testing::TestWithParam<Spoiled> {};

TEST_P(SpoiledKey, IsRefused) {
    auto jwk = vectors::jwk(GetParam().base);
    ASSERT_TRUE(PublicKey::from_jwk(jwk));
    jwk[GetParam().member] = json::parse(GetParam().value).value();
    EXPECT_FALSE(PublicKey::from_jwk(jwk)) << GetParam().member << " " << GetParam().value;
}

constexpr std::string_view kZeros32 = R"("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")";

INSTANTIATE_TEST_SUITE_P(Members,
                         SpoiledKey,
                         testing::Values(Spoiled{vectors::kEs256Key, "kty", R"("RSA")"},
                                         Spoiled{vectors::kEs256Key, "kty", R"("ec")"},
                                         Spoiled{vectors::kEs256Key, "kty", "5"},
                                         Spoiled{vectors::kEs256Key, "crv", R"("P-384")"},
                                         Spoiled{vectors::kEs256Key, "crv", R"("secp256k1")"},
                                         Spoiled{vectors::kEs256Key, "x", kZeros32},
                                         Spoiled{vectors::kEs256Key, "x", R"("AQAB")"},
                                         Spoiled{
                                             vectors::kEs256Key, "x",
                                             R"("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=")"},
                                         Spoiled{vectors::kEs256Key, "y", "null"},
                                         Spoiled{vectors::kEs256Key, "use", R"("enc")"},
                                         Spoiled{vectors::kEs256Key, "use", "1"},
                                         Spoiled{vectors::kEs256Key, "key_ops", R"(["sign"])"},
                                         Spoiled{vectors::kEs256Key, "key_ops", R"("verify")"},
                                         Spoiled{vectors::kEs256Key, "alg", R"("RS256")"},
                                         Spoiled{vectors::kEs256Key, "alg", R"("HS256")"},
                                         Spoiled{vectors::kEs256Key, "alg", R"("none")"},
                                         Spoiled{vectors::kEs256Key, "alg", "null"},
                                         Spoiled{vectors::kEs256Key, "kid", "7"},
                                         Spoiled{vectors::kRs256Key, "e", R"("AQ")"},
                                         Spoiled{vectors::kRs256Key, "e", R"("AQAA")"},
                                         Spoiled{vectors::kRs256Key, "e", R"("")"},
                                         Spoiled{vectors::kRs256Key, "e", R"("AAEAAQ")"},
                                         Spoiled{vectors::kRs256Key, "e", R"("AQAAAAAAAAAAAQ")"},
                                         Spoiled{vectors::kRs256Key, "n", R"("AQAB")"},
                                         Spoiled{vectors::kEd25519Key, "crv", R"("X25519")"},
                                         Spoiled{vectors::kEd25519Key, "x", R"("AQAB")"}));

TEST(PublicKey, RefusesSmallAndUnknownKeys) {
    EXPECT_FALSE(PublicKey::from_jwk(vectors::jwk(vectors::kRsa1024Key)));
    EXPECT_FALSE(PublicKey::from_jwk(vectors::jwk(vectors::kSecp256k1Key)));
    EXPECT_FALSE(PublicKey::from_jwk({}));
    auto huge = vectors::jwk(vectors::kRs256Key);
    huge["n"] = base64url_encode(std::string(1025, '\xFF'));
    EXPECT_FALSE(PublicKey::from_jwk(huge));
}

// RFC 8037 A.3
TEST(PublicKey, ComputesThumbprint) {
    EXPECT_EQ(vectors::key(vectors::kEd25519Key).thumbprint(),
              "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(PublicKey, WritesPublicMembersOnly) {
    auto jwk = vectors::jwk(vectors::kEs256Key);
    jwk["kid"] = "one";
    jwk["x5c"] = "ignored";
    const auto written = PublicKey::from_jwk(jwk)->to_jwk();
    auto expected = vectors::jwk(vectors::kEs256Key);
    expected["kid"] = "one";
    expected["use"] = "sig";
    expected["alg"] = "ES256";
    EXPECT_EQ(written, expected);
    EXPECT_FALSE(vectors::key(vectors::kRs256Key).to_jwk().contains("alg"));
}

TEST(KeySet, LeavesOutKeysItCannotRead) {
    json::Object set{{"keys",
                      {vectors::jwk(vectors::kEs256Key), vectors::jwk(vectors::kRsa1024Key), "text",
                       vectors::jwk(vectors::kRs256Key)}}};
    const auto keys = KeySet::from_json(set);
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->keys.size(), 2U);
    EXPECT_FALSE(KeySet::from_json({}));
    EXPECT_FALSE(KeySet::from_json({{"keys", "text"}}));
    EXPECT_FALSE(KeySet::from_json({{"keys", json::Array(101)}}));
}

TEST(KeySet, FindsByKidOrByAlg) {
    auto named = vectors::jwk(vectors::kEs256Key);
    named["kid"] = "one";
    const auto keys =
        KeySet::from_json({{"keys", {named, vectors::jwk(vectors::kRs256Key)}}}).value();
    EXPECT_EQ(keys.find("one", Alg::kEs256).size(), 1U);
    EXPECT_TRUE(keys.find("one", Alg::kRs256).empty());
    EXPECT_TRUE(keys.find("two", Alg::kEs256).empty());
    EXPECT_EQ(keys.find("", Alg::kEs256).size(), 1U);
    EXPECT_EQ(keys.find("", Alg::kPs256).size(), 1U);
    EXPECT_TRUE(keys.find("", Alg::kEdDsa).empty());
}

class SigningKeyTest : public testing::TestWithParam<Alg> {};

TEST_P(SigningKeyTest, SignsWhatItsPublicKeyVerifies) {
    const auto key = SigningKey::generate(GetParam());
    const auto signature = key.sign("signed text");
    EXPECT_TRUE(key.public_key().verify(GetParam(), "signed text", signature));
    EXPECT_FALSE(key.public_key().verify(GetParam(), "other text", signature));
    EXPECT_EQ(key.kid(), key.public_key().thumbprint());
    EXPECT_EQ(key.public_key().kid(), key.kid());
    EXPECT_TRUE(PublicKey::from_jwk(key.public_key().to_jwk())
                    ->verify(GetParam(), "signed text", signature));
}

TEST_P(SigningKeyTest, ComesBackFromPem) {
    const auto key = SigningKey::generate(GetParam());
    const auto again = SigningKey::from_pem(key.to_pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->kid(), key.kid());
    EXPECT_EQ(again->alg(), GetParam());
    EXPECT_TRUE(key.public_key().verify(GetParam(), "text", again->sign("text")));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, SigningKeyTest, testing::Values(Alg::kEs256, Alg::kRs256));

TEST(SigningKey, RefusesOtherPem) {
    constexpr std::string_view kP384 = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDfMT+HX4lUdQ3sELuC
OtJ1NG/1e1f6XV8WgIOPOY4GVpFy5kq/8HrJoKB0cp7n/SqhZANiAAQxgyUCzCkG
sUnKX+RA6clyGxl4zt0j6bgmxZsNIzzwVmxc/UnTBYMx1YwXmnFeWfQGWQZyzb2k
KaWrbxANLTZdYGxNsQ0mp3p3h+HLEjliDaScD1J3eQrTY/ZB0IoCUeI=
-----END PRIVATE KEY-----
)";
    constexpr std::string_view kEncrypted = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgA98M1X8W91wICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEOy9FE1kJYl3E5ajRVUgNe8EgZBu
quuPU1U2vOebFkdxM9t3w5TeeEjeImHj+rvc1PV+GC46fD2t86CBK7GqcAlfTNCv
zlabeo8JBn954p8WvOWyj1FhSfgHQwKA6GwjEwGMSsFsQNVlouF0YNE39puDHWJ0
kkIFEhf0tq81ZL/FtP7ZNErhxMr3ZdeDqoR52/nApv2UEEcmys21VzJscx9AufI=
-----END ENCRYPTED PRIVATE KEY-----
)";
    for (const auto bad : {std::string_view(""), std::string_view("text"), kP384, kEncrypted}) {
        const auto key = SigningKey::from_pem(Secret(std::string(bad)));
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().code, ErrorCode::kInvalid);
    }
}

TEST(Alg, HasOnlyAsymmetricNames) {
    for (const auto* name : {"ES256", "ES384", "RS256", "PS256", "EdDSA"}) {
        EXPECT_EQ(alg_name(parse_alg(name).value()), name);
    }
    for (const auto* name : {"", "none", "None", "HS256", "es256", "ES512", "RS1", "RSA-OAEP"}) {
        EXPECT_FALSE(parse_alg(name)) << name;
    }
}

}  // namespace
}  // namespace gatehouse::crypto
