// SPDX-License-Identifier: Apache-2.0
#include "identity/sessions.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "storage/database.h"
#include "storage/sql_session_store.h"
#include "support/fake_clock.h"
#include "support/open_store.h"
#include "support/temp_dir.h"

namespace gatehouse::identity {
namespace {

using std::chrono::hours;

class SessionsTest : public testing::Test {
  protected:
    SessionsTest() : database_(test::open_store(dir_ / "gatehouse.db").value()) {}

    http::Request sign_in(const http::Request& request,
                          const std::string& source,
                          const std::string& user) {
        const auto cookie = sessions_.sign_in(request, source, user).value();
        http::Request next{.origin = request.origin};
        next.headers.set("Cookie", cookie.substr(0, cookie.find(';')));
        return next;
    }

    [[nodiscard]] bool is_signed_in(const http::Request& request, std::string_view source) {
        const auto visitor = sessions_.find(request).value();
        return visitor && visitor->find(source) != nullptr;
    }

    test::TempDir dir_;
    test::FakeClock clock_;
    std::unique_ptr<storage::Database> database_;
    storage::SqlSessionStore store_{*database_};
    Sessions sessions_{store_, clock_};
    http::Request nobody_{.origin = "https://mcp.example.com"};
};

TEST_F(SessionsTest, HoldsOnePersonPerSource) {
    auto request = sign_in(nobody_, "local", "u1");
    request = sign_in(request, "profile:cal", "u2");
    request = sign_in(request, "local", "u3");
    const auto visitor = sessions_.find(request).value();
    ASSERT_TRUE(visitor);
    EXPECT_EQ(visitor->session.people.size(), 2U);
    EXPECT_EQ(visitor->find("local")->user_id, "u3");
    EXPECT_EQ(visitor->find("profile:cal")->user_id, "u2");
    EXPECT_EQ(visitor->find("corp"), nullptr);
}

TEST_F(SessionsTest, EndsTheOldSessionAtSignIn) {  // I25
    const auto first = sign_in(nobody_, "local", "u1");
    const auto second = sign_in(first, "local", "u1");
    EXPECT_FALSE(is_signed_in(first, "local"));
    EXPECT_TRUE(is_signed_in(second, "local"));
}

TEST_F(SessionsTest, EndsAfterTwelveIdleHours) {
    const auto request = sign_in(nobody_, "local", "u1");
    clock_.advance(hours{11});
    EXPECT_TRUE(is_signed_in(request, "local"));
    clock_.advance(hours{11});
    EXPECT_TRUE(is_signed_in(request, "local"));
    clock_.advance(hours{12});
    EXPECT_FALSE(is_signed_in(request, "local"));
    ASSERT_TRUE(sessions_.tidy());
}

TEST_F(SessionsTest, EndsAfterSevenDaysHoweverBusy) {
    auto request = sign_in(nobody_, "local", "u1");
    for (int i = 0; i < 16; ++i) {
        clock_.advance(hours{10});
        EXPECT_TRUE(is_signed_in(request, "local"));
    }
    request = sign_in(request, "profile:cal", "u2");
    clock_.advance(hours{8});
    EXPECT_FALSE(is_signed_in(request, "local"));
    EXPECT_TRUE(is_signed_in(request, "profile:cal"));
}

TEST_F(SessionsTest, ForgetsAUserInEveryBrowser) {
    const auto one = sign_in(nobody_, "local", "u1");
    const auto two = sign_in(sign_in(nobody_, "profile:cal", "u2"), "local", "u1");
    ASSERT_TRUE(sessions_.end_user("u1"));
    EXPECT_FALSE(is_signed_in(one, "local"));
    EXPECT_FALSE(is_signed_in(two, "local"));
    EXPECT_TRUE(is_signed_in(two, "profile:cal"));
}

TEST_F(SessionsTest, SignOutEndsItForGood) {
    const auto request = sign_in(nobody_, "local", "u1");
    EXPECT_NE(sessions_.sign_out(request).value().find("Max-Age=0"), std::string::npos);
    EXPECT_FALSE(is_signed_in(request, "local"));
    EXPECT_TRUE(sessions_.sign_out(nobody_));
}

TEST_F(SessionsTest, IsGoodAtItsOwnOriginOnly) {  // contract §11
    auto request = sign_in(nobody_, "local", "u1");
    request.origin = "https://todo.example.com";
    EXPECT_FALSE(is_signed_in(request, "local"));
}

TEST_F(SessionsTest, ListsTheLivingOnesOfAPerson) {
    http::Request phone = nobody_;
    phone.headers.set("User-Agent", "Phone\x01");
    phone.client_ip = "192.0.2.9";
    sign_in(phone, "local", "u1");
    sign_in(nobody_, "local", "u2");
    clock_.advance(hours{1});
    const auto here = sign_in(nobody_, "local", "u1");
    const auto listed = sessions_.list("u1").value();
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[1].user_agent, "Phone");
    EXPECT_EQ(listed[1].client_ip, "192.0.2.9");
    EXPECT_EQ(listed[1].origin, "https://mcp.example.com");
    EXPECT_EQ(listed[1].signed_in_at, clock_.now() - hours{1});
    EXPECT_EQ(listed[0].id, session_id(sessions_.find(here).value()->session));
    clock_.advance(hours{11});
    EXPECT_EQ(sessions_.list("u1").value().size(), 1U);
}

TEST_F(SessionsTest, EndsOneOrTheOthersOfAPerson) {
    const auto one = sign_in(nobody_, "local", "u1");
    const auto two = sign_in(nobody_, "local", "u1");
    const auto three = sign_in(nobody_, "local", "u1");
    const auto foreign = sign_in(nobody_, "local", "u2");
    const auto id = session_id(sessions_.find(one).value()->session);
    EXPECT_FALSE(sessions_.end("u2", id).value());
    EXPECT_TRUE(sessions_.end("u1", id).value());
    EXPECT_FALSE(sessions_.end("u1", id).value());
    EXPECT_FALSE(is_signed_in(one, "local"));
    ASSERT_TRUE(sessions_.end_others("u1", sessions_.find(two).value()->session));
    EXPECT_TRUE(is_signed_in(two, "local"));
    EXPECT_FALSE(is_signed_in(three, "local"));
    EXPECT_TRUE(is_signed_in(foreign, "local"));
}

TEST_F(SessionsTest, TellsASignInFromWhenAProviderAskedForThePassword) {
    const auto before = clock_.now() - hours{24 * 30};
    const auto cookie = sessions_.sign_in(nobody_, "corp", "u1", before).value();
    http::Request request{.origin = nobody_.origin};
    request.headers.set("Cookie", cookie.substr(0, cookie.find(';')));
    const auto visitor = sessions_.find(request).value();
    ASSERT_TRUE(visitor);
    EXPECT_EQ(visitor->find("corp")->auth_time, before);
    EXPECT_EQ(visitor->find("corp")->signed_in_at, clock_.now());
}

TEST_F(SessionsTest, StoresNoCookies) {
    const auto cookie = sessions_.sign_in(nobody_, "local", "u1").value();
    EXPECT_TRUE(cookie.starts_with("__Host-gatehouse="));
    const auto value = cookie.substr(17, 43);
    EXPECT_FALSE(store_.find(value));
    EXPECT_TRUE(store_.find(crypto::token_digest(value)));
}

TEST_F(SessionsTest, DropsThePrefixOverPlainHttp) {  // contract §11
    EXPECT_EQ(set_cookie("http://127.0.0.1:8080", "gatehouse", "v", CookieLife::kBrowser),
              "gatehouse=v; Path=/; HttpOnly; SameSite=Lax");
    EXPECT_EQ(set_cookie("https://a.example", "gatehouse", "v", CookieLife::kTenMinutes),
              "__Host-gatehouse=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600");
    EXPECT_EQ(set_cookie("https://a.example", "x", "v", CookieLife::kGone),
              "__Host-x=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
}

}  // namespace
}  // namespace gatehouse::identity
