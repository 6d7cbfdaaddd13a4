// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"
#include "crypto/password.h"
#include "crypto/random.h"

namespace gatehouse::crypto {
namespace {

TEST(Digest, HashesKnownVectors) {
    EXPECT_EQ(hex_encode(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_encode(sha256("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(token_digest("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

// RFC 4231 case 2
TEST(Digest, AuthenticatesKnownVector) {
    EXPECT_EQ(hex_encode(hmac_sha256(Secret("Jefe"), "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 5869 A.3
TEST(Digest, DerivesKnownVector) {
    const Secret key(std::string(22, '\x0b'));
    EXPECT_EQ(
        hex_encode(derive_key(key, "", 42).reveal()),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Digest, DerivesAnotherKeyForAnotherPurpose) {
    const Secret key(std::string(32, 'k'));
    EXPECT_EQ(derive_key(key, "a").reveal().size(), 32U);
    EXPECT_EQ(derive_key(key, "a").reveal(), derive_key(key, "a").reveal());
    EXPECT_NE(derive_key(key, "a").reveal(), derive_key(key, "b").reveal());
    EXPECT_NE(derive_key(key, "a").reveal(),
              derive_key(Secret(std::string(32, 'l')), "a").reveal());
}

// RFC 7636 appendix B
TEST(Digest, ComputesPkceChallenge) {
    EXPECT_EQ(pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Random, GivesFreshBytesOfTheAskedLength) {
    EXPECT_EQ(random_bytes(1000).size(), 1000U);
    EXPECT_TRUE(random_bytes(0).empty());
    EXPECT_EQ(random_token().size(), 43U);
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        seen.insert(random_token(16));
    }
    EXPECT_EQ(seen.size(), 100U);
}

TEST(Password, KnowsOnlyTheRightPassword) {
    const auto hash = hash_password(Secret("correct horse"));
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
    EXPECT_TRUE(verify_password(hash, Secret("correct horse")));
    EXPECT_FALSE(verify_password(hash, Secret("correct horsf")));
    EXPECT_FALSE(verify_password(hash, Secret("")));
    EXPECT_NE(hash, hash_password(Secret("correct horse")));
}

TEST(Password, RefusesUnreadableHashes) {
    for (const auto& bad : {std::string(), std::string("plain"), std::string("$argon2id$"),
                            std::string(200, '$'), std::string("$argon2id\0$", 11)}) {
        EXPECT_FALSE(verify_password(bad, Secret("")));
    }
}

}  // namespace
}  // namespace gatehouse::crypto
