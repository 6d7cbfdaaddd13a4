// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "storage/sql_client_store.h"
#include "storage/sql_code_store.h"
#include "storage/sql_connection_store.h"
#include "storage/sql_key_store.h"
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
