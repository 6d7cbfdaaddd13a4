// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "storage/sql_client_block_store.h"
#include "storage/sql_client_store.h"
#include "storage/sql_code_store.h"
#include "storage/sql_connection_store.h"
#include "storage/sql_key_store.h"
#include "storage/sql_personal_token_store.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::storage {
namespace {

using oauth::Connection;
using oauth::RefreshToken;

constexpr Timestamp at(std::int64_t ms) {
    return Timestamp{std::chrono::milliseconds{ms}};
}

class OAuthStores : public ::testing::Test {
  protected:
    [[nodiscard]] static Connection make_connection(const std::string& id) {
        return {.id = id,
                .user_id = "u1",
                .client_id = "c1",
                .client_name = "Client",
                .origin = "https://o",
                .server = "todo",
                .redirect_host = "localhost",
                .scopes = {"a", "b"},
                .auth_time = at(1),
                .created_at = at(2),
                .last_used_at = at(3),
                .expires_at = at(4000)};
    }

    [[nodiscard]] static RefreshToken make_token(const std::string& digest) {
        return {.digest = digest, .connection_id = "s1", .issued_at = at(5)};
    }

    [[nodiscard]] oauth::RotateRefreshToken rotation(const std::string& next) const {
        return {.old_digest = "r0",
                .next = make_token(next),
                .successor_box = std::string("box\0x", 5),
                .now = at(100)};
    }

    template <typename Work>
    [[nodiscard]] static std::ptrdiff_t winners(Work work) {
        std::vector<std::future<bool>> racers;
        for (int i = 0; i < 20; ++i) {
            racers.push_back(std::async(std::launch::async, [=] { return work(i); }));
        }
        return std::ranges::count_if(racers, [](auto& racer) { return racer.get(); });
    }

    test::TempDir dir_;
    std::unique_ptr<Database> database_ = *test::open_store(dir_ / "gatehouse.db");
    SqlCodeStore codes_{*database_};
    SqlConnectionStore connections_{*database_};
    SqlKeyStore keys_{*database_};
    SqlClientStore clients_{*database_};
};

TEST_F(OAuthStores, RemoveWhatIsDeadAndNothingElse) {
    SqlPersonalTokenStore personal(*database_);
    const auto insert = [&](const std::string& id, Timestamp used, Timestamp end) {
        Connection connection = make_connection(id);
        connection.last_used_at = used;
        connection.expires_at = end;
        RefreshToken token = make_token("r-" + id);
        token.connection_id = id;
        ASSERT_TRUE(connections_.insert(connection, token));
    };
    insert("alive", at(900), at(9000));
    insert("revoked", at(900), at(9000));
    insert("over", at(900), at(400));
    insert("idle", at(100), at(9000));
    Connection mine = make_connection("mine");
    mine.last_used_at = at(100);
    mine.expires_at = at(9000);
    ASSERT_TRUE(personal.add({.digest = "p", .connection = mine}));
    ASSERT_TRUE(connections_.revoke("revoked", at(300)));
    ASSERT_TRUE(connections_.rotate(
        {.old_digest = "r-alive",
         .next = {.digest = "r2", .connection_id = "alive", .issued_at = at(450)},
         .successor_box = "box",
         .now = at(450)}));
    ASSERT_TRUE(connections_.revoke_token("old", at(300)));
    ASSERT_TRUE(connections_.revoke_token("young", at(600)));

    const oauth::DeadBefore before{
        .ended = at(500), .idle = at(440), .retired = at(440), .expired = at(500)};
    ASSERT_TRUE(connections_.remove_dead(before));
    const auto left = connections_.list({.include_revoked = true}).value();
    std::vector<std::string> ids;
    for (const Connection& connection : left) {
        ids.push_back(connection.id);
    }
    std::ranges::sort(ids);
    EXPECT_EQ(ids, (std::vector<std::string>{"alive", "mine"}));
    EXPECT_EQ(connections_.find_refresh_token("r-over").error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(connections_.find_refresh_token("r-alive"));
    EXPECT_EQ(personal.living({}, at(500))->size(), 1U);
    EXPECT_EQ(*connections_.revoked_tokens(at(0)), std::vector<std::string>{"young"});

    ASSERT_TRUE(connections_.remove_dead(
        {.ended = at(0), .idle = at(0), .retired = at(451), .expired = at(0)}));
    EXPECT_EQ(connections_.find_refresh_token("r-alive").error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(connections_.find_refresh_token("r2"));
}

TEST_F(OAuthStores, RemoveManyInSmallSteps) {
    for (int i = 0; i < 1203; ++i) {
        ASSERT_TRUE(connections_.insert(make_connection("c" + std::to_string(i)), std::nullopt));
    }
    ASSERT_TRUE(connections_.remove_dead(
        {.ended = at(5000), .idle = at(0), .retired = at(0), .expired = at(0)}));
    EXPECT_TRUE(connections_.list({.include_revoked = true})->empty());
}

TEST_F(OAuthStores, KeepPersonalTokens) {
    SqlPersonalTokenStore personal(*database_);
    EXPECT_EQ(*personal.version(), 0);
    ASSERT_TRUE(
        personal.add({.digest = "p1", .connection = make_connection("s1"), .tools = {"a", "b*"}}));
    EXPECT_EQ(*personal.version(), 1);
    const auto found = personal.living("u1", at(10)).value();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].digest, "p1");
    EXPECT_EQ(found[0].tools, (std::vector<std::string>{"a", "b*"}));
    EXPECT_EQ(found[0].connection.scopes, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(personal.living("u2", at(10))->empty());
    EXPECT_TRUE(personal.living({}, at(4000))->empty());
    ASSERT_TRUE(connections_.revoke("s1", at(20)));
    EXPECT_TRUE(personal.living({}, at(30))->empty());
    EXPECT_EQ(personal.add({.digest = "p1", .connection = make_connection("s2")}).error().code,
              ErrorCode::kConflict);
    EXPECT_EQ(connections_.find("s2").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(*personal.version(), 1);
}

TEST_F(OAuthStores, KeepBlocks) {
    using oauth::BlockKind;
    SqlClientBlockStore blocks(*database_);
    EXPECT_EQ(blocks.add({.host = "a.example", .blocked_at = at(1)}), true);
    EXPECT_EQ(blocks.add({.host = "a.example", .blocked_at = at(2)}), false);
    EXPECT_EQ(blocks.add({.kind = BlockKind::kDocumentHost, .host = "*.b", .blocked_at = at(3)}),
              true);
    const auto all = blocks.list().value();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].host, "a.example");
    EXPECT_EQ(all[1].blocked_at, at(1));
    EXPECT_EQ(all[0].kind, BlockKind::kDocumentHost);
    EXPECT_EQ(blocks.remove(BlockKind::kDocumentHost, "a.example"), false);
    EXPECT_EQ(blocks.remove(BlockKind::kRedirectHost, "a.example"), true);
    EXPECT_EQ(blocks.list()->size(), 1U);
}

TEST_F(OAuthStores, KeepCodes) {
    const oauth::AuthorizationCode code{.client_id = "c",
                                        .redirect_uri = "https://r/?a=b",
                                        .code_challenge = "x",
                                        .origin = "https://o",
                                        .server = "todo",
                                        .user_id = "u",
                                        .scopes = {"a", "b"},
                                        .connection_id = "s",
                                        .auth_time = at(7),
                                        .expires_at = at(1000)};
    ASSERT_TRUE(codes_.insert("d", code));
    EXPECT_EQ(codes_.insert("d", code).error().code, ErrorCode::kConflict);
    const auto found = codes_.find("d");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state, oauth::CodeState::kFresh);
    EXPECT_EQ(found->code.redirect_uri, "https://r/?a=b");
    EXPECT_EQ(found->code.scopes, code.scopes);
    EXPECT_EQ(found->code.connection_id, "s");
    EXPECT_EQ(found->code.auth_time, at(7));
    EXPECT_EQ(found->code.expires_at, at(1000));
    EXPECT_EQ(winners([this](int) { return *codes_.mark_used("d"); }), 1);
    EXPECT_EQ(codes_.find("d")->state, oauth::CodeState::kUsed);
    ASSERT_TRUE(codes_.remove_expired(at(1000)));
    EXPECT_TRUE(codes_.find("d"));
    ASSERT_TRUE(codes_.remove_expired(at(1001)));
    EXPECT_EQ(codes_.find("d").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(codes_.mark_used("d"), false);
}

TEST_F(OAuthStores, KeepConnectionsAndRotateOnce) {
    ASSERT_TRUE(connections_.insert(make_connection("s1"), make_token("r0")));
    EXPECT_EQ(connections_.insert(make_connection("s1"), std::nullopt).error().code,
              ErrorCode::kConflict);
    EXPECT_EQ(winners([this](int i) {
                  return *connections_.rotate(rotation("next" + std::to_string(i)));
              }),
              1);
    const auto old = connections_.find_refresh_token("r0");
    ASSERT_TRUE(old);
    EXPECT_EQ(old->retired_at, at(100));
    EXPECT_EQ(old->successor_box, std::string("box\0x", 5));
    const auto next = connections_.find_refresh_token(old->successor_digest);
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->retired_at);
    EXPECT_EQ(next->issued_at, at(5));
    const auto connection = connections_.find("s1");
    EXPECT_EQ(connection->last_used_at, at(100));
    EXPECT_EQ(connection->scopes, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(connection->expires_at, at(4000));
    EXPECT_FALSE(connection->revoked_at);
    ASSERT_TRUE(connections_.erase_successors(at(100)));
    EXPECT_FALSE(connections_.find_refresh_token("r0")->successor_box.empty());
    ASSERT_TRUE(connections_.erase_successors(at(101)));
    EXPECT_TRUE(connections_.find_refresh_token("r0")->successor_box.empty());
}

TEST_F(OAuthStores, ChangeNothingWhenARotationFailsHalfway) {
    ASSERT_TRUE(connections_.insert(make_connection("s1"), make_token("r0")));
    EXPECT_EQ(connections_.rotate(rotation("r0")).error().code, ErrorCode::kConflict);
    EXPECT_FALSE(connections_.find_refresh_token("r0")->retired_at);
    EXPECT_EQ(connections_.find("s1")->last_used_at, at(3));
    auto orphan = make_token("x");
    orphan.connection_id = "nobody";
    EXPECT_FALSE(connections_.insert(make_connection("s2"), orphan));
    EXPECT_EQ(connections_.find("s2").error().code, ErrorCode::kNotFound);
}

TEST_F(OAuthStores, RevokeOnce) {
    ASSERT_TRUE(connections_.insert(make_connection("s1"), make_token("r0")));
    ASSERT_TRUE(connections_.insert(make_connection("s2"), std::nullopt));
    EXPECT_EQ(winners([this](int) { return *connections_.revoke("s1", at(50)); }), 1);
    EXPECT_EQ(connections_.revoke("unknown", at(50)), false);
    EXPECT_EQ(connections_.rotate(rotation("r1")), false);
    EXPECT_FALSE(connections_.find_refresh_token("r0")->retired_at);
    EXPECT_EQ(connections_.find("s1")->revoked_at, at(50));
    EXPECT_EQ(*connections_.revoked_since(at(50)), std::vector<std::string>{"s1"});
    EXPECT_TRUE(connections_.revoked_since(at(51))->empty());
    EXPECT_EQ(connections_.list({.user_id = "u1"})->size(), 1U);
    EXPECT_EQ(connections_.list({.user_id = "u1", .include_revoked = true})->size(), 2U);
    EXPECT_EQ(connections_.list({.user_id = "u2"})->size(), 0U);
    EXPECT_EQ(connections_.list({.server = "todo", .client_id = "c1"})->size(), 1U);
}

TEST_F(OAuthStores, KeepRevokedTokensUntilTheyExpire) {
    ASSERT_TRUE(connections_.revoke_token("j", at(100)));
    ASSERT_TRUE(connections_.revoke_token("j", at(100)));
    EXPECT_EQ(*connections_.revoked_tokens(at(99)), std::vector<std::string>{"j"});
    EXPECT_TRUE(connections_.revoked_tokens(at(100))->empty());
}

TEST_F(OAuthStores, KeepKeysByPurpose) {
    const oauth::StoredKey key{.id = "k2",
                               .purpose = "signing-key",
                               .box = std::string("\0\xff", 2),
                               .created_at = at(1),
                               .sign_from = at(20)};
    EXPECT_EQ(keys_.insert(key), true);
    EXPECT_EQ(keys_.insert(key), false);
    EXPECT_EQ(keys_.insert({.id = "k1", .purpose = "signing-key", .sign_from = at(10)}), true);
    EXPECT_EQ(keys_.insert({.id = "other", .purpose = "other"}), true);
    const auto listed = keys_.list("signing-key");
    ASSERT_EQ(listed->size(), 2U);
    EXPECT_EQ((*listed)[0].id, "k1");
    EXPECT_EQ((*listed)[1].box, key.box);
    EXPECT_EQ((*listed)[1].sign_from, at(20));
    ASSERT_TRUE(keys_.replace_box("k1", "new"));
    EXPECT_EQ((*keys_.list("signing-key"))[0].box, "new");
    EXPECT_EQ(keys_.replace_box("none", "x").error().code, ErrorCode::kNotFound);
    ASSERT_TRUE(keys_.remove("k1"));
    ASSERT_TRUE(keys_.remove("k1"));
    EXPECT_EQ(keys_.list("signing-key")->size(), 1U);
}

TEST_F(OAuthStores, RememberClients) {
    oauth::Client client{.id = "gh_1", .name = "One", .redirect_uris = {"http://localhost/cb"}};
    EXPECT_EQ(clients_.find("https://o", "gh_1").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(clients_.set_state("https://o", "gh_1", oauth::ClientState::kDisabled).error().code,
              ErrorCode::kNotFound);
    ASSERT_TRUE(clients_.remember(client, "https://o", at(1)));
    ASSERT_TRUE(clients_.set_state("https://o", "gh_1", oauth::ClientState::kDisabled));
    client.name = "Renamed";
    ASSERT_TRUE(clients_.remember(client, "https://o", at(2)));
    const auto known = clients_.find("https://o", "gh_1");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->name, "Renamed");
    EXPECT_EQ(known->state, oauth::ClientState::kDisabled);
    EXPECT_EQ(known->first_seen_at, at(1));
    EXPECT_EQ(known->redirect_uris, client.redirect_uris);
    EXPECT_EQ(clients_.find("https://other", "gh_1").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(clients_.list()->size(), 1U);
}

}  // namespace
}  // namespace gatehouse::storage
