// SPDX-License-Identifier: Apache-2.0
#include "admin/guard.h"

#include <gtest/gtest.h>

namespace gatehouse::admin {
namespace {

class GuardTest : public testing::Test {
  protected:
    /// The request that gets in; each test spoils one thing about it.
    http::Request request_{
        .method = "GET",
        .path = "/api/v1/status",
        .headers = {{"Host", "127.0.0.1:9901"}, {"Authorization", "Bearer the-admin-token"}}};

    int status() const {
        return guard_
            .protect([](const http::Request&) {
                return http::Response{.status = 200, .headers = {}, .body = {}};
            })(request_)
            .status;
    }

    Guard guard_{Secret("the-admin-token"), {"127.0.0.1:9901", "localhost:9901"}};
};

TEST_F(GuardTest, LetsTheAdminTokenIn) {
    EXPECT_EQ(status(), 200);
}

TEST_F(GuardTest, TakesTheSchemeInAnyCase) {
    request_.headers.set("Authorization", "bEARER the-admin-token");
    EXPECT_EQ(status(), 200);
}

TEST_F(GuardTest, RefusesAWrongToken) {
    request_.headers.set("Authorization", "Bearer the-admin-tokem");
    EXPECT_EQ(status(), 401);
}

TEST_F(GuardTest, RefusesAMissingToken) {
    request_.headers.remove("Authorization");
    EXPECT_EQ(status(), 401);
}

TEST_F(GuardTest, RefusesTwoCredentials) {
    request_.headers.add("Authorization", "Bearer the-admin-token");
    EXPECT_EQ(status(), 401);
}

TEST_F(GuardTest, RefusesAForeignHost) {
    request_.headers.set("Host", "evil.example:9901");
    EXPECT_EQ(status(), 421);
}

TEST_F(GuardTest, RefusesAForeignOrigin) {
    request_.headers.set("Origin", "http://evil.example");
    EXPECT_EQ(status(), 403);
}

TEST_F(GuardTest, AcceptsItsOwnOrigin) {
    request_.headers.set("Origin", "http://localhost:9901");
    EXPECT_EQ(status(), 200);
}

TEST(GuardWithoutToken, LetsNobodyIn) {
    const Guard guard{Secret(), {"127.0.0.1:1"}};
    const http::Request request{.headers = {{"Host", "127.0.0.1:1"}, {"Authorization", "Bearer "}}};
    EXPECT_EQ(guard.protect([](const http::Request&) { return http::Response{}; })(request).status,
              401);
}

}  // namespace
}  // namespace gatehouse::admin
