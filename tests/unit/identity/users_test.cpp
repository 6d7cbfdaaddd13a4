// SPDX-License-Identifier: Apache-2.0
#include "identity/users.h"

#include <gtest/gtest.h>

#include "storage/sql_user_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::identity {
namespace {

using std::chrono::seconds;
using Why = SignInRefusal::Why;

class UsersTest : public ::testing::Test {
  protected:
    UsersTest()
        : database_(*test::open_store(dir_ / "gatehouse.db")),
          store_(*database_),
          users_(store_, clock_, [this](const std::string& id) { ended_.push_back(id); }) {}

    [[nodiscard]] static NewLocalUser alice() {
        return {.name = "alice",
                .email = "Alice@example.com",
                .groups = {"staff"},
                .password = Secret("correct horse")};
    }

    [[nodiscard]] std::expected<User, SignInRefusal> sign_in(const std::string& login,
                                                             const std::string& password) {
        return users_.verify_password(login, Secret(password), "192.0.2.1");
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    std::unique_ptr<storage::Database> database_;
    storage::SqlUserStore store_;
    std::vector<std::string> ended_;
    Users users_;
};

TEST_F(UsersTest, SignInByNameAndByEmailWhateverTheCase) {  // contract §11
    const auto added = users_.add_local(alice());
    ASSERT_TRUE(added);
    EXPECT_TRUE(added->email_verified);
    for (const char* login : {"alice", "ALICE", "alice@example.com", "Alice@Example.com"}) {
        const auto user = sign_in(login, "correct horse");
        ASSERT_TRUE(user) << login;
        EXPECT_EQ(user->id, added->id);
    }
    EXPECT_EQ(store_.find(added->id)->last_sign_in_at, clock_.now());
    EXPECT_NE(added->id, "alice");
}

TEST_F(UsersTest, AreRefusedWithTheWrongPassword) {
    ASSERT_TRUE(users_.add_local(alice()));
    EXPECT_EQ(sign_in("alice", "wrong").error().why, Why::kWrong);
    EXPECT_EQ(sign_in("alice", "").error().why, Why::kWrong);
    EXPECT_EQ(sign_in("nobody", "correct horse").error().why, Why::kWrong);
    EXPECT_EQ(sign_in("", "correct horse").error().why, Why::kWrong);
    EXPECT_EQ(sign_in("alice", std::string(5000, 'x')).error().why, Why::kWrong);
}

TEST_F(UsersTest, WaitAfterTooManyWrongPasswords) {  // I61
    ASSERT_TRUE(users_.add_local(alice()));
    for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(sign_in("alice", "wrong").error().why, Why::kWrong);
    }
    const auto refused = sign_in("alice", "correct horse");
    EXPECT_EQ(refused.error().why, Why::kThrottled);
    EXPECT_EQ(refused.error().retry_after, seconds{1});
    EXPECT_TRUE(users_.verify_password("alice", Secret("correct horse"), "198.51.100.7"));
    clock_.advance(seconds{1});
    EXPECT_TRUE(sign_in("alice", "correct horse"));
}

TEST_F(UsersTest, AreValidatedWhenAdded) {
    const auto refuses = [&](auto spoil) {
        NewLocalUser user = alice();
        spoil(user);
        const auto added = users_.add_local(user);
        return !added && added.error().code == ErrorCode::kInvalid;
    };
    EXPECT_TRUE(refuses([](auto& u) { u.name = ""; }));
    EXPECT_TRUE(refuses([](auto& u) { u.name = "al ice"; }));
    EXPECT_TRUE(refuses([](auto& u) { u.name = "a\xC3\xA9"; }));
    EXPECT_TRUE(refuses([](auto& u) { u.name = std::string(65, 'a'); }));
    EXPECT_TRUE(refuses([](auto& u) { u.name = "bob@example.com"; }));
    EXPECT_TRUE(refuses([](auto& u) { u.email = "nonsense"; }));
    EXPECT_TRUE(refuses([](auto& u) { u.email = "a@b@c"; }));
    EXPECT_TRUE(refuses([](auto& u) { u.groups = {"a\nb"}; }));
    EXPECT_TRUE(refuses([](auto& u) { u.password = Secret(); }));
    NewLocalUser named_by_email = alice();
    named_by_email.name = "alice@example.com";
    EXPECT_TRUE(users_.add_local(named_by_email));
}

TEST_F(UsersTest, AreUniqueByNameAndEmail) {
    ASSERT_TRUE(users_.add_local(alice()));
    NewLocalUser same_name = alice();
    same_name.name = "Alice";
    same_name.email = "other@example.com";
    EXPECT_EQ(users_.add_local(same_name).error().code, ErrorCode::kConflict);
    NewLocalUser same_email = alice();
    same_email.name = "bob";
    EXPECT_EQ(users_.add_local(same_email).error().code, ErrorCode::kConflict);
    same_email.email = "";
    EXPECT_TRUE(users_.add_local(same_email));
}

TEST_F(UsersTest, MayDoNothingOnceDisabled) {
    const auto user = users_.add_local(alice());
    ASSERT_TRUE(users_.disable(user->id));
    EXPECT_EQ(ended_, std::vector<std::string>{user->id});
    EXPECT_EQ(sign_in("alice", "correct horse").error().why, Why::kDisabled);
    EXPECT_EQ(sign_in("alice", "wrong").error().why, Why::kWrong);
    ASSERT_TRUE(users_.enable(user->id));
    EXPECT_TRUE(sign_in("alice", "correct horse"));
    ASSERT_TRUE(users_.remove(user->id));
    EXPECT_EQ(ended_.size(), 2U);
    EXPECT_EQ(sign_in("alice", "correct horse").error().why, Why::kWrong);
    EXPECT_EQ(users_.disable(user->id).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(users_.remove(user->id).error().code, ErrorCode::kNotFound);
}

TEST_F(UsersTest, ChangeTheirPassword) {
    const auto user = users_.add_local(alice());
    ASSERT_TRUE(users_.set_password(user->id, Secret("battery staple")));
    EXPECT_FALSE(sign_in("alice", "correct horse"));
    EXPECT_TRUE(sign_in("alice", "battery staple"));
    EXPECT_EQ(users_.set_password(user->id, Secret()).error().code, ErrorCode::kInvalid);
    const auto outside = users_.upsert_external({.source = "corp", .subject = "1"});
    EXPECT_EQ(users_.set_password(outside->id, Secret("x")).error().code, ErrorCode::kInvalid);
}

TEST_F(UsersTest, FromOutsideAreTheSamePersonEachTime) {
    const auto first = users_.upsert_external({.source = "corp",
                                               .subject = "s-1",
                                               .email = "bob@example.com",
                                               .name = "Bob",
                                               .email_verified = true,
                                               .groups = {"staff", "bad\ngroup", ""}});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->groups, std::vector<std::string>{"staff"});
    const auto again = users_.upsert_external({.source = "corp",
                                               .subject = "s-1",
                                               .email = "not an address",
                                               .name = "Bobby",
                                               .email_verified = true});
    EXPECT_EQ(again->id, first->id);
    EXPECT_EQ(again->name, "Bobby");
    EXPECT_EQ(again->email, "");
    EXPECT_FALSE(again->email_verified);
    EXPECT_TRUE(again->groups.empty());
    const auto other = users_.upsert_external(
        {.source = "other", .subject = "s-1", .email = "bob@example.com", .email_verified = true});
    EXPECT_NE(other->id, first->id);
    ASSERT_TRUE(users_.disable(first->id));
    EXPECT_EQ(users_.upsert_external({.source = "corp", .subject = "s-1"}).error().code,
              ErrorCode::kForbidden);
}

TEST_F(UsersTest, FromOutsideCannotPoseAsLocal) {
    ASSERT_TRUE(users_.add_local(alice()));
    EXPECT_FALSE(users_.upsert_external({.source = "local", .subject = "alice"}));
    EXPECT_FALSE(users_.upsert_external({.source = "corp", .subject = ""}));
    const auto outside = users_.upsert_external(
        {.source = "corp", .subject = "alice", .email = "alice@example.com"});
    ASSERT_TRUE(outside);
    EXPECT_NE(users_.find_by_id_or_login("alice")->id, outside->id);
    EXPECT_EQ(users_.find_by_id_or_login(outside->id)->id, outside->id);
}

TEST_F(UsersTest, AreListedPageByPage) {
    for (const char* name : {"a", "b", "c"}) {
        ASSERT_TRUE(users_.upsert_external({.source = "corp", .subject = name}));
    }
    const auto first = users_.list("", 2);
    ASSERT_EQ(first->size(), 2U);
    const auto second = users_.list(first->back().id, 2);
    ASSERT_EQ(second->size(), 1U);
    EXPECT_LT(first->back().id, second->front().id);
}

TEST(AttemptThrottle, GrowsForgetsAndStaysBounded) {
    const test::FakeClock still;
    AttemptThrottle small(still, {.free_failures = 0, .max_keys = 10});
    for (int i = 0; i < 100; ++i) {
        small.failed("key" + std::to_string(i));
    }
    EXPECT_GT(small.wait("key99").count(), 0);

    test::FakeClock clock;
    AttemptThrottle throttle(clock, {.free_failures = 1, .first = seconds{1}, .most = seconds{4}});
    throttle.failed("k");
    EXPECT_EQ(throttle.wait("k"), seconds{0});
    throttle.failed("k");
    EXPECT_EQ(throttle.wait("k"), seconds{1});
    throttle.failed("k");
    EXPECT_EQ(throttle.wait("k"), seconds{2});
    throttle.failed("k");
    throttle.failed("k");
    EXPECT_EQ(throttle.wait("k"), seconds{4});
    clock.advance(seconds{5});
    throttle.failed("k");
    EXPECT_EQ(throttle.wait("k"), seconds{0});
    throttle.failed("k");
    throttle.succeeded("k");
    EXPECT_EQ(throttle.wait("k"), seconds{0});
}

TEST(ThrottleSource, GroupsIpv6ByPrefix) {  // E05, I61
    EXPECT_EQ(throttle_source("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(throttle_source("2001:db8:1:2:3:4:5:6"), throttle_source("2001:db8:1:2:9::1"));
    EXPECT_NE(throttle_source("2001:db8:1:2:3::1"), throttle_source("2001:db8:1:3:3::1"));
    EXPECT_NE(throttle_source("::1"), throttle_source("::ffff:192.0.2.1"));
}

}  // namespace
}  // namespace gatehouse::identity
