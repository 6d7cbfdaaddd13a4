// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <future>
#include <iterator>
#include <set>

#include "storage/backup.h"
#include "support/oauth_fixture.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::kOrigin;
using test::Reply;

class TokenRefresh : public test::OAuthFixture {
  protected:
    TokenRefresh() {
        auto code = make_code();
        code.scopes = {"items:read", "items:write"};
        connection_ = code.connection_id;
        first_ = redeem(code);
        EXPECT_EQ(first_.status, 200);
        r0_ = first_.text("refresh_token");
    }

    [[nodiscard]] Reply refresh_with(const std::string& name, const std::string& value) const {
        auto fields = refresh_fields(r0_);
        fields.emplace_back(name, value);
        return post("/token", fields);
    }

    std::string connection_, r0_;
    Reply first_;
};

TEST_F(TokenRefresh, Rotates) {  // E20
    clock_.advance(hours{1});
    const Reply second = refresh(r0_);
    ASSERT_EQ(second.status, 200);
    EXPECT_NE(second.text("refresh_token"), r0_);
    EXPECT_EQ(second.text("scope"), "items:read items:write");
    EXPECT_TRUE(is_alive(second.text("access_token")));
    EXPECT_TRUE(events_.has("token.refreshed"));
    EXPECT_EQ(replica_->connections.find(connection_)->last_used_at, clock_.now());
}

TEST_F(TokenRefresh, GivesTheSameSuccessorAgainInsideTheGrace) {  // E23
    const Reply second = refresh(r0_);
    clock_.advance(seconds{119});
    const Reply again = refresh(r0_);
    ASSERT_EQ(again.status, 200);
    EXPECT_EQ(again.text("refresh_token"), second.text("refresh_token"));
    EXPECT_TRUE(is_alive(second.text("access_token")));
    EXPECT_TRUE(is_alive(again.text("access_token")));
    EXPECT_EQ(refresh(again.text("refresh_token")).status, 200);
}

TEST_F(TokenRefresh, LeadsAPredecessorToTheLivingTokenOfItsFamily) {  // E23
    const std::string r1 = refresh(r0_).text("refresh_token");
    const std::string r2 = refresh(r1).text("refresh_token");
    clock_.advance(seconds{60});
    EXPECT_EQ(refresh(r0_).text("refresh_token"), r2);
    clock_.advance(hours{1});
    EXPECT_EQ(refresh(r2).status, 200);
}

TEST_F(TokenRefresh, LetsTenRacersLive) {  // E23, I52
    std::vector<std::future<Reply>> racers;
    for (int i = 0; i < 10; ++i) {
        racers.push_back(std::async(std::launch::async, [&] { return refresh(r0_); }));
    }
    std::set<std::string> successors;
    for (auto& racer : racers) {
        const Reply reply = racer.get();
        ASSERT_EQ(reply.status, 200) << json::dump(reply.body);
        EXPECT_TRUE(is_alive(reply.text("access_token")));
        successors.insert(reply.text("refresh_token"));
    }
    ASSERT_EQ(successors.size(), 1U);
    clock_.advance(hours{1});
    EXPECT_EQ(refresh(*successors.begin()).status, 200);
}

TEST_F(TokenRefresh, EndsTheFamilyOnReuseAfterTheGrace) {  // E22, I51
    const std::string r1 = refresh(r0_).text("refresh_token");
    const Reply third = refresh(r1);
    clock_.advance(seconds{120});
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    EXPECT_FALSE(is_alive(third.text("access_token")));
    EXPECT_EQ(refresh(third.text("refresh_token")).error(), "invalid_grant");
    EXPECT_TRUE(events_.has("token.reused"));
}

TEST_F(TokenRefresh, GivesNoGraceToAGrandparentOnceItsChildWasUsedLater) {  // E24
    const std::string r1 = refresh(r0_).text("refresh_token");
    clock_.advance(seconds{121});
    const Reply third = refresh(r1);
    ASSERT_EQ(third.status, 200);
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    EXPECT_EQ(refresh(r1).error(), "invalid_grant");
    EXPECT_EQ(refresh(third.text("refresh_token")).error(), "invalid_grant");
    EXPECT_FALSE(is_alive(third.text("access_token")));
}

TEST_F(TokenRefresh, SparesTheFamilyWhoseSuccessorNobodyUsed) {  // contract §11
    const Reply second = refresh(r0_);
    clock_.advance(seconds{120});
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    EXPECT_TRUE(is_alive(second.text("access_token")));
    EXPECT_EQ(refresh(second.text("refresh_token")).status, 200);
    EXPECT_FALSE(events_.has("token.reused"));
}

TEST_F(TokenRefresh, IsStrictWithoutAGrace) {  // E23
    reload([](auto& c) { c.tokens.refresh_grace = seconds{0}; });
    const std::string r1 = refresh(r0_).text("refresh_token");
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    EXPECT_EQ(refresh(r1).status, 200);
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    EXPECT_TRUE(events_.has("token.reused"));
}

TEST_F(TokenRefresh, KeepsNothingThatOpensTheSuccessorAfterTheGrace) {  // contract §11
    const std::string r1 = refresh(r0_).text("refresh_token");
    const auto digest = crypto::token_digest(r0_);
    EXPECT_FALSE(replica_->connections.find_refresh_token(digest)->successor_box.empty());
    clock_.advance(seconds{121});
    ASSERT_TRUE(replica_->connections.erase_successors(clock_.now() - seconds{120}));
    EXPECT_TRUE(replica_->connections.find_refresh_token(digest)->successor_box.empty());
    EXPECT_EQ(refresh(r1).status, 200);
}

TEST_F(TokenRefresh, SurvivesARestartBetweenCommitAndReply) {  // E27
    const std::string r1 = refresh(r0_).text("refresh_token");
    restart();
    EXPECT_TRUE(is_alive(first_.text("access_token")));
    EXPECT_EQ(refresh(r0_).text("refresh_token"), r1);
    EXPECT_EQ(refresh(r1).status, 200);
}

TEST_F(TokenRefresh, RefusesAForeignClientWithoutEffect) {  // E21, I53
    reload([](auto& c) { c.servers[0].clients.push_back({.id = "other"}); });
    auto fields = refresh_fields(r0_);
    fields.back().second = "other";
    EXPECT_EQ(post("/token", fields).error(), "invalid_grant");
    EXPECT_EQ(refresh(r0_).status, 200);
    clock_.advance(seconds{121});
    EXPECT_EQ(post("/token", fields).error(), "invalid_grant");
    EXPECT_TRUE(is_alive(first_.text("access_token")));
}

TEST_F(TokenRefresh, NarrowsTheScopeOfTheAccessTokenOnly) {  // E25
    const Reply narrow = refresh_with("scope", "items:write offline_access");
    EXPECT_EQ(narrow.text("scope"), "items:write");
    EXPECT_EQ(refresh(narrow.text("refresh_token")).text("scope"), "items:read items:write");
}

TEST_F(TokenRefresh, RefusesWiderScopeAndOtherResourceAndKeepsTheToken) {  // E25, I53
    EXPECT_EQ(refresh_with("scope", "items:read admin").error(), "invalid_scope");
    EXPECT_EQ(refresh_with("resource", "https://mcp.example.com/other/mcp").error(),
              "invalid_target");
    EXPECT_EQ(refresh_with("resource", "https://mcp.example.com/todo/mcp/").status, 200);
}

TEST_F(TokenRefresh, EndsWhenIdleOrOld) {  // E26
    const auto idle = catalog_.get()->tokens.refresh_idle;
    clock_.advance(idle - seconds{1});
    const Reply in_time = refresh(r0_);
    ASSERT_EQ(in_time.status, 200);
    clock_.advance(idle - seconds{1});
    const Reply last = refresh(in_time.text("refresh_token"));
    ASSERT_EQ(last.status, 200);
    clock_.advance(idle - seconds{1});
    EXPECT_EQ(refresh(last.text("refresh_token")).error(), "invalid_grant");
}

TEST_F(TokenRefresh, EndsAfterTheIdleTime) {  // E26
    clock_.advance(catalog_.get()->tokens.refresh_idle);
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
}

TEST_F(TokenRefresh, NeverOutlivesTheConnection) {
    clock_.advance(hours{24 * 13});
    const std::string r1 = refresh(r0_).text("refresh_token");
    clock_.advance(hours{24 * 13});
    const std::string r2 = refresh(r1).text("refresh_token");
    clock_.advance(hours{24 * 4} - seconds{10});
    EXPECT_EQ(json::get_int(refresh(r2).body, "expires_in"), 10);
}

TEST_F(TokenRefresh, FailsForADisabledOrRemovedUser) {  // E26
    auto user = *replica_->users.find("u1");
    user.disabled = true;
    ASSERT_TRUE(replica_->users.update(user));
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    ASSERT_TRUE(replica_->users.remove("u1"));
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
}

TEST_F(TokenRefresh, FailsForWhomTheServerHasStruckOffItsLists) {
    reload([](auto& c) { c.servers[0].access.emails = {"somebody-else@example.com"}; });
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    reload([](auto& c) { c.servers[0].access = {}; });
    EXPECT_EQ(refresh(r0_).status, 200);
}

TEST_F(TokenRefresh, FailsForAClientThatNowBelongsToAnotherServer) {
    reload([](auto& c) {
        auto other = c.servers[0];
        other.name = "other";
        other.mcp_url += "-other";
        other.mcp_path += "-other";
        c.servers[0].clients.clear();
        c.servers.push_back(std::move(other));
    });
    EXPECT_EQ(refresh(r0_).error(), "unauthorized_client");
}

TEST_F(TokenRefresh, FailsWhenTheDownstreamGrantNeedsTheUser) {  // E28
    replica_->grant_usable = false;
    EXPECT_EQ(refresh(r0_).status, 200) << "a server without a profile needs no grant";
    reload([](auto& c) { c.servers[0].profile = "todo"; });
    const Reply replay = refresh(r0_);
    EXPECT_EQ(replay.error(), "invalid_grant");
    replica_->grant_usable = true;
    EXPECT_EQ(refresh(r0_).status, 200);
}

TEST_F(TokenRefresh, FailsForARemovedServerOrRevokedConnection) {  // E26
    const auto before = catalog_.get();
    reload([](auto& c) { c.servers[0].name = "renamed"; });
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    catalog_.set(before);
    ASSERT_TRUE(replica_->trust.revoke_connection(connection_));
    EXPECT_EQ(refresh(r0_).error(), "invalid_grant");
    EXPECT_FALSE(is_alive(first_.text("access_token")));
}

TEST_F(TokenRefresh, RefusesWhatIsNoToken) {
    EXPECT_EQ(refresh("nonsense").error(), "invalid_grant");
    EXPECT_EQ(refresh("").error(), "invalid_request");
    EXPECT_EQ(refresh(first_.text("access_token")).error(), "invalid_grant");
}

TEST_F(TokenRefresh, KeepsNoTokenInTheStore) {  // F06, I92
    const std::string r1 = refresh(r0_).text("refresh_token");
    std::string bytes;
    ASSERT_TRUE(storage::write_backup(*database_, dir_ / "copy", clock_.now()));
    for (const char* name : {"copy", "gatehouse.db", "gatehouse.db-wal"}) {
        std::ifstream file(dir_ / name, std::ios::binary);
        bytes.append(std::istreambuf_iterator<char>(file), {});
    }
    ASSERT_FALSE(bytes.empty());
    EXPECT_EQ(bytes.find(r0_), std::string::npos);
    EXPECT_EQ(bytes.find(r1), std::string::npos);
    EXPECT_EQ(bytes.find("PRIVATE KEY"), std::string::npos);
}

TEST_F(TokenRefresh, NeverLivesAgainOnceWhatWasDeadIsRemoved) {  // E22, A22
    const Reply first = redeem(make_code());
    const Reply second = refresh(first.text("refresh_token"));
    ASSERT_EQ(second.status, 200);
    ASSERT_TRUE(replica_->trust.revoke_connections({.user_id = "u1"}));
    clock_.advance(std::chrono::hours{24 * 8});
    ASSERT_TRUE(replica_->connections.remove_dead({.ended = clock_.now(),
                                                   .idle = clock_.now(),
                                                   .retired = clock_.now(),
                                                   .expired = clock_.now()}));
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_TRUE(replica_->connections.list({.include_revoked = true})->empty());
    for (const Reply& reply : {first, second}) {
        EXPECT_FALSE(is_alive(reply.text("access_token")));
        EXPECT_EQ(refresh(reply.text("refresh_token")).error(), "invalid_grant");
    }
}

}  // namespace
}  // namespace gatehouse::oauth
