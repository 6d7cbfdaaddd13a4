// SPDX-License-Identifier: Apache-2.0
#include "identity/sign_in_tokens.h"

#include <gtest/gtest.h>

#include <thread>

#include "storage/database.h"
#include "storage/sql_sign_in_token_store.h"
#include "support/fake_clock.h"
#include "support/fake_downstream.h"
#include "support/fake_http_client.h"
#include "support/temp_dir.h"

namespace gatehouse::identity {
namespace {

using Trouble = SignInTokens::Trouble;
using catalog::ExchangeSubject;
using std::chrono::seconds;
using test::field;

class SignInTokensTest : public testing::Test {
  protected:
    SignInTokensTest() {
        auto next = std::make_shared<catalog::Catalog>();
        next->oidc.push_back({.name = "corp",
                              .issuer = "https://corp.example",
                              .client_id = "gatehouse",
                              .client_secret = Secret("s3cret"),
                              .scopes = {"openid"}});
        next->profiles.push_back({.name = "todo", .exchange = ExchangeSubject::kIdToken});
        catalog::Server server;
        server.name = "todo";
        server.profile = "todo";
        server.sign_in = "corp";
        next->servers.push_back(server);
        catalog_.set(next);
    }

    ProviderTokens tokens(std::string refresh = "rt-0") {
        return {.subject = "alice",
                .access = Secret("at-0"),
                .refresh = Secret(std::move(refresh)),
                .id_token = Secret("id-0"),
                .access_ends = clock_.now() + seconds{300},
                .id_token_ends = clock_.now() + seconds{600}};
    }

    std::string find(ExchangeSubject kind = ExchangeSubject::kIdToken) {
        const auto token = sign_ins_.find("u1", "corp", kind);
        return token                                    ? std::string(token->reveal())
               : token.error() == Trouble::kSignInAgain ? "sign in again"
               : token.error() == Trouble::kTransient   ? "later"
                                                        : "operator";
    }

    /// The provider renews; `claims` spoil its new ID token.
    void renews(const json::Object& claims = {}) {
        corp_.claims_extra = claims;
        corp_.token_answer = [this](const FormFields& form) {
            ++renewals_;
            last_refresh_ = field(form, "refresh_token");
            json::Object answer{{"access_token", "at-1"},
                                {"token_type", "Bearer"},
                                {"expires_in", 300},
                                {"refresh_token", "rt-1"},
                                {"id_token", corp_.id_token({{"client_id", "gatehouse"}})}};
            return test::FakeDownstream::reply(200, answer);
        };
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    test::FakeHttpClient http_;
    test::FakeDownstream corp_{http_, clock_, "https://corp.example"};
    std::unique_ptr<storage::Database> database_ =
        storage::open_sqlite(dir_ / "gatehouse.db").value();
    storage::SqlSignInTokenStore store_{*database_};
    catalog::LiveCatalog catalog_{std::make_shared<catalog::Catalog>()};
    crypto::Sealer sealer_{{Secret(std::string(32, 'k'))}, "sign-in-token"};
    SignInTokens sign_ins_{{.catalog = catalog_, .store = store_, .http = http_, .clock = clock_},
                           sealer_};
    std::atomic<int> renewals_ = 0;
    std::string last_refresh_;
};

TEST_F(SignInTokensTest, HandsOutWhatWasKeptWhileItIsGood) {
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    EXPECT_EQ(find(), "id-0");
    EXPECT_EQ(find(ExchangeSubject::kAccessToken), "at-0");
    EXPECT_FALSE(sign_ins_.find("u2", "corp", ExchangeSubject::kIdToken));
    EXPECT_FALSE(sign_ins_.find("u1", "partner", ExchangeSubject::kIdToken));
}

TEST_F(SignInTokensTest, KeepsNothingReadableAndNothingThatNobodyExchanges) {  // G15
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    ASSERT_TRUE(sign_ins_.keep("u1", "partner", tokens()));
    const auto rows = store_.list("", "", 10).value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].provider, "corp");
    for (const char* secret : {"at-0", "rt-0", "id-0", "alice"}) {
        EXPECT_FALSE(rows[0].sealed.contains(secret)) << secret;
    }
    // Another person's box does not open in this row.
    ASSERT_TRUE(store_.keep({.user_id = "u2", .provider = "corp", .sealed = rows[0].sealed}));
    EXPECT_EQ(sign_ins_.find("u2", "corp", ExchangeSubject::kIdToken).error(),
              Trouble::kSignInAgain);
}

TEST_F(SignInTokensTest, RenewsAtTheProviderBeforeTheEnd) {
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    renews();
    clock_.advance(seconds{580});
    const std::string fresh = find();
    EXPECT_NE(fresh, "id-0");
    EXPECT_TRUE(fresh.starts_with("ey")) << fresh;
    EXPECT_EQ(last_refresh_, "rt-0");
    EXPECT_EQ(find(), fresh);
    EXPECT_EQ(renewals_, 1);
    clock_.advance(seconds{600});
    (void)find();
    EXPECT_EQ(last_refresh_, "rt-1");
}

TEST_F(SignInTokensTest, RenewsOnceForManyThatAskAtOnce) {  // G16
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    renews();
    clock_.advance(seconds{600});
    SignInTokens other({.catalog = catalog_, .store = store_, .http = http_, .clock = clock_},
                       sealer_);
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                auto& place = i % 2 == 0 ? sign_ins_ : other;
                good += place.find("u1", "corp", ExchangeSubject::kIdToken) ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(good, 8);
    EXPECT_EQ(renewals_, 1);
}

TEST_F(SignInTokensTest, TakesNoRenewedIdTokenAboutSomebodyElse) {
    for (const json::Object& spoiled :
         {json::Object{{"sub", "mallory"}}, json::Object{{"iss", "https://else.example"}},
          json::Object{{"aud", "somebody"}}, json::Object{{"exp", nullptr}}}) {
        ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
        renews(spoiled);
        clock_.advance(seconds{600});
        EXPECT_EQ(find(), "sign in again") << json::dump(spoiled);
    }
}

TEST_F(SignInTokensTest, AsksForASignInWhenNothingCanBeRenewed) {
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens("")));
    clock_.advance(seconds{600});
    EXPECT_EQ(find(), "sign in again");
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    corp_.token_answer = [this](const FormFields&) {
        ++renewals_;
        return test::FakeDownstream::error(400, "invalid_grant");
    };
    clock_.advance(seconds{600});
    EXPECT_EQ(find(), "sign in again");
    EXPECT_EQ(find(), "sign in again");
    EXPECT_EQ(renewals_, 1) << "a spent refresh token is not tried twice";
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    EXPECT_EQ(find(), "id-0");
}

TEST_F(SignInTokensTest, TellsPassingTroubleFromTheOperators) {  // G19
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    clock_.advance(seconds{600});
    corp_.token_answer = [](const FormFields&) { return test::FakeDownstream::error(503, "x"); };
    EXPECT_EQ(find(), "later");
    corp_.token_answer = [](const FormFields&) {
        return test::FakeDownstream::error(401, "invalid_client");
    };
    EXPECT_EQ(find(), "operator");
    renews();
    EXPECT_TRUE(find().starts_with("ey"));
}

TEST_F(SignInTokensTest, FollowsAnotherMasterKey) {
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    const Secret old(std::string(32, 'k'));
    const Secret fresh(std::string(32, 'f'));
    sealer_.rekey({fresh, old});
    EXPECT_EQ(sign_ins_.reseal().value(), 1U);
    EXPECT_EQ(sign_ins_.reseal().value(), 0U);
    sealer_.rekey({fresh});
    EXPECT_EQ(find(), "id-0");
}

TEST_F(SignInTokensTest, ForgetsPeopleAndWhatServesNoGrant) {
    ASSERT_TRUE(sign_ins_.keep("u1", "corp", tokens()));
    ASSERT_TRUE(sign_ins_.keep("u2", "corp", tokens()));
    ASSERT_TRUE(sign_ins_.forget("u1"));
    EXPECT_EQ(find(), "sign in again");
    ASSERT_TRUE(sign_ins_.tidy());
    EXPECT_EQ(store_.list("", "", 10)->size(), 1U);
    clock_.advance(std::chrono::hours{2});
    ASSERT_TRUE(sign_ins_.tidy());
    EXPECT_TRUE(store_.list("", "", 10)->empty());
}

}  // namespace
}  // namespace gatehouse::identity
