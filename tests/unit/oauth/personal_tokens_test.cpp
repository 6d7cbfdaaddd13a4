// SPDX-License-Identifier: Apache-2.0
#include "oauth/personal_tokens.h"

#include "support/flow_fixture.h"

namespace gatehouse::oauth {
namespace {

using std::chrono::hours;
using test::FormBrowser;
using test::kOrigin;
using test::Page;

class PersonalTokens : public test::FlowFixture {
  protected:
    PersonalTokens() {
        reload([](catalog::Catalog& catalog) { catalog.servers[0].personal_tokens = true; });
    }

    Result<MadePersonalToken> make() { return token_maker_.make(wanted_); }

    [[nodiscard]] auto find(const std::string& token, std::string_view server = "todo") const {
        const auto trust = replica_->trust.live().get();
        return find_personal_token(token, server, *trust->personal, clock_.now());
    }

    [[nodiscard]] bool is_good(const std::string& token) const {
        const auto found = find(token);
        return found && !is_revoked(**found, *replica_->trust.live().get());
    }

    NewPersonalToken wanted_{.user_id = "u1",
                             .server = "todo",
                             .name = "CI",
                             .tools = {"list_*"},
                             .scopes = {"items:read"},
                             .lifetime = hours{24},
                             .made_by = "operator"};
};

TEST_F(PersonalTokens, AreGoodAtOnceForWhatWasAskedFor) {
    const auto made = make();
    ASSERT_TRUE(made) << describe(made.error());
    const std::string token(made->token.reveal());
    EXPECT_TRUE(token.starts_with("gth_"));
    const auto found = find(token);
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)->subject, "u1");
    EXPECT_EQ((*found)->client_id, "personal-token");
    EXPECT_EQ((*found)->connection, made->kept.connection.id);
    EXPECT_EQ((*found)->scopes, (std::vector<std::string>{"items:read"}));
    EXPECT_EQ((*found)->personal->tools, (std::vector<std::string>{"list_*"}));
    EXPECT_FALSE(find(token, "vault"));
    EXPECT_FALSE(find(token + "x"));
}

TEST_F(PersonalTokens, AreStoredAsDigestsAndRecordedWithoutTheToken) {
    const std::string token(make()->token.reveal());
    for (const auto& kept : *replica_->personal_tokens.living({}, clock_.now())) {
        EXPECT_EQ(kept.digest, crypto::token_digest(token));
    }
    const auto& event = events_.events.back();
    EXPECT_EQ(event.name, "token.issued");
    EXPECT_EQ(json::get_string(event.detail, "token_type"), "personal_token");
    EXPECT_EQ(json::get_string(event.detail, "made_by"), "operator");
    EXPECT_EQ(event.user, "u1");
    EXPECT_FALSE(json::dump(event.detail).contains(token.substr(4)));
}

TEST_F(PersonalTokens, EndWhenTheirTimeIsOver) {
    const std::string token(make()->token.reveal());
    clock_.advance(hours{24} - std::chrono::seconds{1});
    EXPECT_TRUE(is_good(token));
    clock_.advance(std::chrono::seconds{1});
    EXPECT_EQ(find(token).error(), TokenFault::kExpired);
}

TEST_F(PersonalTokens, EndWithTheirConnectionAndNeverComeBack) {  // A22
    const auto made = make();
    const std::string token(made->token.reveal());
    ASSERT_TRUE(replica_->trust.revoke_connection(made->kept.connection.id));
    EXPECT_FALSE(is_good(token));
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_FALSE(is_good(token));
    // By then nobody remembers the revocation.
    wanted_.lifetime = hours{24 * 300};
    const auto other = make();
    const std::string long_lived(other->token.reveal());
    ASSERT_TRUE(replica_->trust.revoke_connection(other->kept.connection.id));
    clock_.advance(hours{24 * 10});
    ASSERT_TRUE(replica_->trust.refresh());
    EXPECT_FALSE(is_good(long_lived));
}

TEST_F(PersonalTokens, DoNotComeBackOnAReplicaThatWasAwayForDays) {  // A22
    wanted_.lifetime = hours{24 * 300};
    const auto made = make();
    test::Replica other(*database_, catalog_, clock_, events_, master_keys_);
    const auto is_known_there = [&] {
        return other.trust.live().get()->personal->by_digest.contains(made->kept.digest);
    };
    EXPECT_TRUE(is_known_there());
    ASSERT_TRUE(replica_->trust.revoke_connection(made->kept.connection.id));
    clock_.advance(hours{24 * 3});
    ASSERT_TRUE(other.trust.refresh());
    EXPECT_FALSE(is_known_there());
}

TEST_F(PersonalTokens, AreKnownOnOtherReplicasWithTheNextRefresh) {
    test::Replica other(*database_, catalog_, clock_, events_, master_keys_);
    const auto made = make();
    const std::string token(made->token.reveal());
    const auto good_there = [&] {
        const auto trust = other.trust.live().get();
        const auto found = find_personal_token(token, "todo", *trust->personal, clock_.now());
        return found && !is_revoked(**found, *trust);
    };
    EXPECT_FALSE(good_there());
    ASSERT_TRUE(other.trust.refresh());
    EXPECT_TRUE(good_there());
    ASSERT_TRUE(replica_->trust.revoke_connection(made->kept.connection.id));
    ASSERT_TRUE(other.trust.refresh());
    EXPECT_FALSE(good_there());
}

TEST_F(PersonalTokens, StayTheSameObjectsWhileOthersAreMade) {
    const std::string token(make()->token.reveal());
    const auto before = *find(token);
    ASSERT_TRUE(make());
    EXPECT_EQ(*find(token), before);
}

TEST_F(PersonalTokens, AreRefusedWhereTheServerAllowsNone) {
    wanted_.server = "vault";
    EXPECT_EQ(make().error().code, ErrorCode::kForbidden);
    wanted_.server = "none";
    EXPECT_EQ(make().error().code, ErrorCode::kNotFound);
}

TEST_F(PersonalTokens, AreRefusedForPeopleOfOtherSourcesAndOffTheLists) {
    reload([](catalog::Catalog& catalog) { catalog.servers[0].access.groups = {"staff"}; });
    EXPECT_EQ(make().error().code, ErrorCode::kForbidden);
    reload([](catalog::Catalog& catalog) {
        catalog.servers[0].access.groups.clear();
        catalog.servers[0].sign_in = "corp";
    });
    EXPECT_EQ(make().error().code, ErrorCode::kForbidden);
    wanted_.user_id = "nobody";
    EXPECT_EQ(make().error().code, ErrorCode::kNotFound);
}

TEST_F(PersonalTokens, AreRefusedForWhatTheServerLacks) {
    wanted_.scopes = {"items:read", "admin"};
    EXPECT_EQ(make().error().code, ErrorCode::kInvalid);
    wanted_.scopes.clear();
    wanted_.lifetime = hours{24 * 400};
    EXPECT_EQ(make().error().code, ErrorCode::kInvalid);
    wanted_.lifetime = std::chrono::seconds{0};
    EXPECT_EQ(make().error().code, ErrorCode::kInvalid);
    wanted_.lifetime = hours{1};
    wanted_.tools = {""};
    EXPECT_EQ(make().error().code, ErrorCode::kInvalid);
    wanted_.tools.clear();
    EXPECT_EQ(make()->kept.connection.scopes,
              (std::vector<std::string>{"items:read", "items:write"}));
}

TEST_F(PersonalTokens, AreNotMadeUnlessThatIsRecorded) {
    events_.broken = true;
    EXPECT_FALSE(make());
    events_.broken = false;
    EXPECT_TRUE(replica_->personal_tokens.living({}, clock_.now())->empty());
}

TEST_F(PersonalTokens, AreNoRefreshTokensAndNoCodes) {
    const std::string token(make()->token.reveal());
    EXPECT_EQ(refresh(token).error(), "invalid_grant");
    EXPECT_EQ(post("/token", code_fields(token)).error(), "invalid_grant");
    EXPECT_TRUE(is_good(token));
}

class AccountTokens : public PersonalTokens {
  protected:
    AccountTokens() { sign_in(alice_, "u1"); }

    Page make_on_page(const std::string& server = "todo") {
        return alice_.submit("/account", alice_.get("/account"),
                             {{"action", "make_token"},
                              {"server", server},
                              {"name", "My <script>"},
                              {"tools", "add_todo, list_todos"},
                              {"expires", "7d"}});
    }

    FormBrowser alice_ = new_browser();
};

TEST_F(AccountTokens, AreMadeShownOnceAndRevoked) {
    const Page shown = make_on_page();
    EXPECT_EQ(shown.status, 200);
    const auto at = shown.body.find("gth_");
    ASSERT_NE(at, std::string::npos);
    const std::string token = shown.body.substr(at, 4 + 43);
    EXPECT_TRUE(is_good(token));
    EXPECT_EQ((*find(token))->personal->tools,
              (std::vector<std::string>{"add_todo", "list_todos"}));
    EXPECT_EQ(json::get_string(events_.events.back().detail, "made_by"), "user");

    const Page account = alice_.get("/account");
    EXPECT_FALSE(account.body.contains(token));
    EXPECT_TRUE(account.body.contains("My &lt;script&gt;"));
    EXPECT_TRUE(account.body.contains("add_todo, list_todos"));
    const std::string id =
        replica_->personal_tokens.living("u1", clock_.now())->front().connection.id;
    EXPECT_EQ(alice_.submit("/account", account, {{"action", "revoke_token"}, {"connection", id}})
                  .location(),
              "/account?done=revoke_token");
    EXPECT_FALSE(is_good(token));
    EXPECT_FALSE(alice_.get("/account").body.contains("My &lt;script&gt;"));
}

TEST_F(AccountTokens, AreOfferedOnlyWhereTheyAreAllowed) {
    EXPECT_TRUE(alice_.get("/account").body.contains("make_token"));
    EXPECT_EQ(make_on_page("vault").status, 404);
    const Page page = alice_.get("/account");
    reload([](catalog::Catalog& catalog) { catalog.servers[0].personal_tokens = false; });
    EXPECT_FALSE(alice_.get("/account").body.contains("make_token"));
    EXPECT_EQ(
        alice_
            .submit(
                "/account", page,
                {{"action", "make_token"}, {"server", "todo"}, {"name", "late"}, {"expires", "7d"}})
            .status,
        404);
    EXPECT_TRUE(replica_->personal_tokens.living({}, clock_.now())->empty());
}

TEST_F(AccountTokens, AreNotMadeByForeignForms) {
    EXPECT_EQ(
        alice_
            .post("/account",
                  {{"action", "make_token"}, {"server", "todo"}, {"name", "x"}, {"expires", "7d"}})
            .status,
        403);
}

TEST_F(AccountTokens, OfOthersCannotBeSeenOrRevoked) {
    wanted_.user_id = "u2";
    wanted_.name = "Bobs own";
    const auto made = make();
    const Page account = alice_.get("/account");
    EXPECT_FALSE(account.body.contains("Bobs own"));
    EXPECT_EQ(alice_
                  .submit("/account", account,
                          {{"action", "revoke_token"}, {"connection", made->kept.connection.id}})
                  .status,
              404);
    EXPECT_TRUE(is_good(std::string(made->token.reveal())));
}

TEST_F(AccountTokens, EndWithEverythingElse) {
    const auto made = make();
    (void)alice_.submit("/account", alice_.get("/account"), {{"action", "disconnect_all"}});
    EXPECT_FALSE(is_good(std::string(made->token.reveal())));
}

}  // namespace
}  // namespace gatehouse::oauth
