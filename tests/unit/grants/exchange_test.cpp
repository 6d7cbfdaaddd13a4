// SPDX-License-Identifier: Apache-2.0
// Accounts that come with a sign-in (RFC 8693), at a server that answers as each test wants.
#include <gtest/gtest.h>

#include "unit/grants/fixture.h"

namespace gatehouse::grants {
namespace {

using test::field;

constexpr std::string_view kAccessType = "urn:ietf:params:oauth:token-type:access_token";

class ExchangeTest : public GrantsTest {
  protected:
    ExchangeTest() {
        profile_.exchange = catalog::ExchangeSubject::kIdToken;
        profile_.identity.from = catalog::IdentitySource::kNone;
        profile_.scopes = {"todos.read", "todos.write"};
        for (catalog::Server& server : servers_) {
            server.sign_in = "corp";
        }
        publish();
        downstream_.token_answer = [this](const FormFields& form) {
            asked_ = form;
            ++exchanges_;
            return test::FakeDownstream::reply(200, answer_);
        };
    }

    std::expected<LegResult, LegError> exchange() {
        return connector().exchange(
            {.server = "reader", .scopes = {"todos.read"}, .transaction_id = "tx"}, "u1");
    }

    void connect_u1() {
        const auto leg = exchange();
        ASSERT_TRUE(leg) << leg.error().detail;
        ASSERT_TRUE(connector().adopt(leg->pending_grant, "u1"));
    }

    LegFailure failure() {
        const auto leg = exchange();
        EXPECT_FALSE(leg);
        return leg ? LegFailure::kDenied : leg.error().failure;
    }

    void refuse(int status, std::string code) {
        downstream_.token_answer = [this, status, code](const FormFields& form) {
            asked_ = form;
            ++exchanges_;
            return test::FakeDownstream::error(status, code);
        };
    }

    json::Object answer_{{"access_token", "at-exchanged"},
                         {"token_type", "Bearer"},
                         {"issued_token_type", kAccessType},
                         {"expires_in", 600}};
    FormFields asked_;
    int exchanges_ = 0;
};

TEST_F(ExchangeTest, AsksForTheServersScopesWithThePersonsSignIn) {  // G06, G09
    connect_u1();
    EXPECT_EQ(field(asked_, "grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange");
    EXPECT_EQ(field(asked_, "subject_token"), "subject-of-u1");
    EXPECT_EQ(field(asked_, "subject_token_type"), "urn:ietf:params:oauth:token-type:id_token");
    EXPECT_EQ(field(asked_, "requested_token_type"), kAccessType);
    EXPECT_EQ(field(asked_, "scope"), "todos.read");
    EXPECT_EQ(field(asked_, "resource"), "https://api.todo.example");
    EXPECT_EQ(subjects_.asked, std::vector<std::string>{"u1 at corp"});
    const auto token = broker().token_for("u1", "reader");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->value.reveal(), "at-exchanged");
}

TEST_F(ExchangeTest, ExchangesAgainWhenTheTokenEnds) {
    connect_u1();
    answer_["access_token"] = "at-second";
    clock_.advance(std::chrono::seconds{601});
    const auto token = broker().token_for("u1", "reader");
    ASSERT_TRUE(token);
    EXPECT_EQ(token->value.reveal(), "at-second");
    EXPECT_EQ(exchanges_, 2);
    EXPECT_EQ(field(asked_, "scope"), "todos.read");
    EXPECT_TRUE(connector().has_grant("u1", "reader", {}).value());
}

TEST_F(ExchangeTest, PrefersItsRefreshTokenAndExchangesWhenThatIsOver) {
    answer_["refresh_token"] = "rt-1";
    connect_u1();
    downstream_.token_answer = [this](const FormFields& form) {
        asked_ = form;
        if (field(form, "grant_type") == "refresh_token") {
            return test::FakeDownstream::error(400, "invalid_grant");
        }
        answer_.erase("refresh_token");
        answer_["access_token"] = "at-second";
        return test::FakeDownstream::reply(200, answer_);
    };
    clock_.advance(std::chrono::seconds{601});
    EXPECT_EQ(broker().token_for("u1", "reader")->value.reveal(), "at-second");
    // The dead refresh token is not tried a second time.
    clock_.advance(std::chrono::seconds{601});
    const auto before = token_calls();
    EXPECT_TRUE(broker().token_for("u1", "reader"));
    EXPECT_EQ(token_calls(), before + 1);
}

TEST_F(ExchangeTest, TellsASignInThatIsOverFromEverythingElse) {  // G19, G20
    subjects_.trouble = SubjectTrouble::kSignInAgain;
    EXPECT_EQ(failure(), LegFailure::kSignInOver);
    subjects_.trouble = SubjectTrouble::kTransient;
    EXPECT_EQ(failure(), LegFailure::kUnavailable);
    subjects_.trouble = SubjectTrouble::kOperator;
    EXPECT_EQ(failure(), LegFailure::kRejected);
    EXPECT_EQ(exchanges_, 0);
    subjects_.trouble.reset();
    for (const char* code : {"invalid_request", "invalid_grant"}) {
        refuse(400, code);
        EXPECT_EQ(failure(), LegFailure::kSignInOver) << code;
    }
    for (const char* code : {"invalid_target", "unauthorized_client", "unsupported_grant_type"}) {
        refuse(400, code);
        EXPECT_EQ(failure(), LegFailure::kRejected) << code;
    }
    refuse(503, "temporarily_unavailable");
    EXPECT_EQ(failure(), LegFailure::kUnavailable);
}

TEST_F(ExchangeTest, TakesNothingButAnAccessTokenThatIsNotTheSubject) {  // G08

    struct Bad {
        const char* member;
        json::Value value;
    };

    const json::Object good = answer_;
    for (const Bad& bad :
         {Bad{.member = "issued_token_type", .value = "urn:ietf:params:oauth:token-type:id_token"},
          Bad{.member = "issued_token_type", .value = nullptr},
          Bad{.member = "token_type", .value = "N_A"},
          Bad{.member = "access_token", .value = "subject-of-u1"},
          Bad{.member = "scope", .value = "todos.read todos.write"}}) {
        answer_ = good;
        answer_[bad.member] = bad.value;
        EXPECT_EQ(failure(), LegFailure::kRejected) << bad.member;
    }
    answer_ = good;
    EXPECT_TRUE(exchange());
}

TEST_F(ExchangeTest, MarksTheGrantOnceWhenTheSignInIsOver) {  // G20
    connect_u1();
    clock_.advance(std::chrono::seconds{601});
    subjects_.trouble = SubjectTrouble::kSignInAgain;
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    const auto asked = subjects_.asked.size();
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kMissing);
    EXPECT_EQ(subjects_.asked.size(), asked);
    EXPECT_FALSE(connector().has_grant("u1", "reader", {}).value());
}

TEST_F(ExchangeTest, KeepsTheGrantOverPassingTrouble) {  // G19
    connect_u1();
    clock_.advance(std::chrono::seconds{601});
    subjects_.trouble = SubjectTrouble::kTransient;
    EXPECT_EQ(broker().token_for("u1", "reader").error(), GrantFailure::kTransient);
    subjects_.trouble.reset();
    clock_.advance(std::chrono::minutes{10});
    EXPECT_TRUE(broker().token_for("u1", "reader"));
}

TEST_F(ExchangeTest, IsNotDoneWhereTheProfileDoesNotSaySo) {
    profile_.exchange = catalog::ExchangeSubject::kNone;
    publish();
    EXPECT_EQ(failure(), LegFailure::kRejected);
    EXPECT_EQ(exchanges_, 0);
}

}  // namespace
}  // namespace gatehouse::grants
