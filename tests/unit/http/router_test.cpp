// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <gtest/gtest.h>

namespace gatehouse::http {
namespace {

using Strings = std::vector<std::string>;

class RouterTest : public testing::Test {
  protected:
    void add(const std::string& method, const std::string& pattern) {
        router_.add(method, pattern, WorkClass::kSlow, [=](const Request& /*request*/) {
            return text_response(200, method + " " + pattern);
        });
    }

    /// The pattern that answers, or "".
    std::string route(std::string_view method, std::string_view path) {
        const auto match = router_.match(method, path);
        return match.handler == nullptr ? "" : (*match.handler)({}).body;
    }

    Router router_;
};

TEST_F(RouterTest, PrefersExactToOneSegmentToRest) {
    add("GET", "/*");
    add("GET", "/users/*");
    add("GET", "/users/{id}");
    add("GET", "/users/me");
    EXPECT_EQ(route("GET", "/users/me"), "GET /users/me");
    EXPECT_EQ(route("GET", "/users/7"), "GET /users/{id}");
    EXPECT_EQ(route("GET", "/users/7/keys"), "GET /users/*");
    EXPECT_EQ(route("GET", "/users"), "GET /*");
    EXPECT_EQ(route("GET", "/other/x"), "GET /*");
    EXPECT_EQ(router_.match("GET", "/users/me").work, WorkClass::kSlow);
}

TEST_F(RouterTest, LetsTheFirstDifferingSegmentDecide) {
    add("GET", "/{a}/b");
    add("GET", "/a/{b}");
    EXPECT_EQ(route("GET", "/a/b"), "GET /a/{b}");
    EXPECT_EQ(route("GET", "/x/b"), "GET /{a}/b");
    EXPECT_EQ(route("GET", "/x/c"), "");
}

TEST_F(RouterTest, NeedsSomethingForEachWildcard) {
    add("GET", "/users/{id}");
    add("GET", "/files/*");
    for (const auto* path : {"/users/", "/users", "/users/7/", "/users//", "/files", "/files/", "",
                             "/", "users/7", "//users/7", "/USERS/7"}) {
        EXPECT_EQ(route("GET", path), "") << path;
        EXPECT_TRUE(router_.match("GET", path).allowed_methods.empty()) << path;
    }
    EXPECT_EQ(route("GET", "/files//"), "GET /files/*");
}

TEST_F(RouterTest, FindsGetForHead) {
    add("GET", "/a");
    add("GET", "/b");
    add("HEAD", "/b");
    EXPECT_EQ(route("HEAD", "/a"), "GET /a");
    EXPECT_EQ(route("HEAD", "/b"), "HEAD /b");
}

TEST_F(RouterTest, NamesTheMethodsOfAKnownPath) {
    add("GET", "/users/{id}");
    add("DELETE", "/users/{user}");
    add("POST", "/users/*");
    const auto match = router_.match("PUT", "/users/7");
    EXPECT_EQ(match.handler, nullptr);
    EXPECT_EQ(match.allowed_methods, (Strings{"GET", "HEAD", "DELETE"}));
    EXPECT_EQ(route("DELETE", "/users/7"), "DELETE /users/{user}");
    EXPECT_EQ(route("get", "/users/7"), "");
}

TEST(PathParameters, AreTheCapturedSegmentsUndecoded) {
    EXPECT_EQ(path_parameters("/s/{a}/t/{b}", "/s/x%2Fy/t/z"), (Strings{"x%2Fy", "z"}));
    EXPECT_EQ(path_parameters("/.well-known/oauth-protected-resource/*",
                              "/.well-known/oauth-protected-resource/a/b/"),
              (Strings{"a/b/"}));
    EXPECT_TRUE(path_parameters("/s/{a}", "/t/x").empty());
    EXPECT_TRUE(path_parameters("/s", "/s").empty());
}

}  // namespace
}  // namespace gatehouse::http
