// SPDX-License-Identifier: Apache-2.0
#include "oauth/signing_keys.h"

#include "crypto/jwt.h"
#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SigningKeysTest : public test::OAuthFixture {
  protected:
    [[nodiscard]] std::string signing_kid() const {
        return crypto::decode_jwt(keys().sign("at+jwt", {}))->kid;
    }

    [[nodiscard]] SigningKeys& keys() const { return replica_->keys; }

    [[nodiscard]] bool verifies(const std::string& token) const {
        return crypto::verify_jwt(token, keys().current()->public_keys, {crypto::Alg::kEs256})
            .has_value();
    }
};

TEST_F(SigningKeysTest, SurviveARestart) {
    const std::string token = keys().sign("at+jwt", {});
    restart();
    EXPECT_TRUE(verifies(token));
    EXPECT_EQ(keys().current()->entries.size(), 1U);
}

TEST_F(SigningKeysTest, AreTheSameOnAnotherReplica) {
    const test::Replica other(*database_, catalog_, clock_, events_, master_keys_);
    EXPECT_EQ(other.keys.current()->jwks, keys().current()->jwks);
}

TEST_F(SigningKeysTest, DoNotOpenUnderAForeignMasterKey) {
    SigningKeys foreign(replica_->key_store,
                        crypto::Sealer({Secret(std::string(32, 'x'))}, "signing-key"), clock_);
    EXPECT_EQ(foreign.load().error().code, ErrorCode::kCorrupt);
}

TEST_F(SigningKeysTest, ArePublishedBeforeTheySign) {  // F05
    const std::string first = signing_kid();
    const std::string old_token = keys().sign("at+jwt", {});
    const auto next = keys().rotate(SigningKeys::Rotation::kAfterCacheTime);
    ASSERT_TRUE(next);
    EXPECT_EQ(keys().current()->entries.size(), 2U);
    EXPECT_EQ(signing_kid(), first);
    clock_.advance(hours{1});
    EXPECT_EQ(signing_kid(), *next);
    EXPECT_TRUE(verifies(old_token));
    clock_.advance(hours{24});
    ASSERT_TRUE(keys().load());
    EXPECT_EQ(keys().current()->entries.size(), 2U);
    clock_.advance(minutes{1});
    ASSERT_TRUE(keys().load());
    EXPECT_EQ(keys().current()->entries.size(), 1U);
    EXPECT_FALSE(verifies(old_token));
    EXPECT_EQ(signing_kid(), *next);
}

TEST_F(SigningKeysTest, RotateAtOnceWhenAsked) {
    const std::string old_token = keys().sign("at+jwt", {});
    clock_.advance(seconds{1});
    const auto next = keys().rotate(SigningKeys::Rotation::kSoon);
    // Other replicas read the store every second: until then they would refuse what it signs.
    EXPECT_NE(signing_kid(), *next);
    clock_.advance(seconds{5});
    EXPECT_EQ(signing_kid(), *next);
    EXPECT_TRUE(verifies(old_token));
}

TEST_F(SigningKeysTest, ChangeTheirKindWhenAsked) {  // F01, F05
    const std::string first = signing_kid();
    ASSERT_TRUE(keys().use_alg(crypto::Alg::kEs256));
    EXPECT_EQ(keys().current()->entries.size(), 1U);
    ASSERT_TRUE(keys().use_alg(crypto::Alg::kRs256));
    ASSERT_TRUE(keys().use_alg(crypto::Alg::kRs256));
    ASSERT_EQ(keys().current()->entries.size(), 2U);
    EXPECT_EQ(signing_kid(), first);
    clock_.advance(hours{1});
    const std::string token = keys().sign("at+jwt", {});
    EXPECT_EQ(json::get_string(crypto::decode_jwt(token)->header, "alg"), "RS256");
    EXPECT_TRUE(crypto::verify_jwt(token, keys().current()->public_keys, {crypto::Alg::kRs256}));
}

TEST_F(SigningKeysTest, OfATokenAreKnownForAsLongAsTheyLast) {  // F05
    const auto token = verify_access_token(redeem(make_code()).text("access_token"), test::kOrigin,
                                           std::string(test::kOrigin) + "/todo/mcp",
                                           keys().current()->public_keys, clock_.now());
    ASSERT_TRUE(token);
    EXPECT_EQ(token->key_id, signing_kid());
    EXPECT_TRUE(is_signed_by(*token, keys().current()->public_keys));
    ASSERT_TRUE(keys().remove(token->key_id));
    EXPECT_FALSE(is_signed_by(*token, keys().current()->public_keys));
}

TEST_F(SigningKeysTest, AreWorthlessOnceRemoved) {  // F05
    const std::string kid = signing_kid();
    const std::string old_token = keys().sign("at+jwt", {});
    ASSERT_TRUE(keys().remove(kid));
    EXPECT_FALSE(verifies(old_token));
    EXPECT_NE(signing_kid(), kid);
    EXPECT_EQ(keys().remove(kid).error().code, ErrorCode::kNotFound);
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_EQ(replica_->trust.live().get()->keys.keys.size(), 1U);
}

TEST_F(SigningKeysTest, AndClientIdsOutliveAMasterKeyRotation) {  // contract §11
    const auto id =
        replica_->sealed->seal({.redirect_uris = {"http://localhost/cb"}}, test::kOrigin);
    const std::string token = keys().sign("at+jwt", {});
    master_keys_.insert(master_keys_.begin(), Secret(std::string(32, 'n')));
    restart();
    master_keys_.pop_back();
    restart();
    EXPECT_TRUE(verifies(token));
    EXPECT_TRUE(replica_->sealed->open(*id, test::kOrigin));
}

TEST_F(SigningKeysTest, AreSealedAnewWhenTheMasterKeyChangesWhileTheyAreInUse) {
    const Secret next(std::string(32, 'n'));
    crypto::Sealer sealer(master_keys_, "signing-key");
    SigningKeys running(replica_->key_store, sealer, clock_);
    ASSERT_TRUE(running.load());
    sealer.rekey({next, master_keys_.front()});
    ASSERT_TRUE(running.load());
    sealer.rekey({next});
    EXPECT_TRUE(running.load());
    SigningKeys restarted(replica_->key_store, crypto::Sealer({next}, "signing-key"), clock_);
    ASSERT_TRUE(restarted.load());
    EXPECT_EQ(restarted.current()->jwks, running.current()->jwks);
}

using TrustPublisherTest = SigningKeysTest;

TEST_F(TrustPublisherTest, PublishesARevocationAtOnceAndToOthersWithTheNextRefresh) {  // A22, I50
    const auto code = make_code();
    const std::string token = redeem(code).text("access_token");
    test::Replica other(*database_, catalog_, clock_, events_, master_keys_);
    EXPECT_EQ(replica_->trust.revoke_connection(code.connection_id), true);
    EXPECT_FALSE(is_alive(token));
    EXPECT_EQ(replica_->trust.revoke_connection(code.connection_id), false);
    EXPECT_TRUE(other.trust.live().get()->revoked_connections.empty());
    ASSERT_TRUE(other.trust.refresh());
    EXPECT_TRUE(other.trust.live().get()->revoked_connections.contains(code.connection_id));
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_FALSE(is_alive(token));
}

TEST_F(TrustPublisherTest, ForgetsWhatNoLivingTokenNeeds) {
    const auto code = make_code();
    ASSERT_EQ(redeem(code).status, 200);
    ASSERT_TRUE(replica_->trust.revoke_connection(code.connection_id));
    ASSERT_TRUE(replica_->trust.revoke_token("j1", clock_.now() + seconds{10}));
    clock_.advance(seconds{11});
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_TRUE(replica_->trust.live().get()->revoked_tokens.empty());
    EXPECT_EQ(replica_->trust.live().get()->revoked_connections.size(), 1U);
    clock_.advance(hours{24});
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_TRUE(replica_->trust.live().get()->revoked_connections.empty());
}

TEST_F(TrustPublisherTest, RevokesAllConnectionsOfAUser) {
    const auto first = redeem(make_code());
    const auto second = redeem(make_code());
    EXPECT_EQ(replica_->trust.revoke_connections({.user_id = "u1"}), 2U);
    EXPECT_EQ(replica_->trust.revoke_connections({.user_id = "u1"}), 0U);
    EXPECT_FALSE(is_alive(first.text("access_token")));
    EXPECT_FALSE(is_alive(second.text("access_token")));
}

}  // namespace
}  // namespace gatehouse::oauth
