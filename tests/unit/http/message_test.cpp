// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <gtest/gtest.h>

namespace gatehouse::http {
namespace {

TEST(Headers, CompareNamesWithoutCase) {
    Headers headers{{"Accept", "a"}, {"X", "1"}, {"accept", "b"}};
    EXPECT_EQ(headers.get("ACCEPT"), "a");
    EXPECT_EQ(headers.get_all("accept"), (std::vector<std::string_view>{"a", "b"}));
    EXPECT_FALSE(headers.get("Absent"));
    headers.set("Accept", "c");
    EXPECT_EQ(headers.get_all("accept"), (std::vector<std::string_view>{"c"}));
    headers.remove("x");
    EXPECT_EQ(headers.size(), 1U);
    EXPECT_EQ(headers.begin()->value, "c");
}

TEST(Response, CarriesItsType) {
    EXPECT_EQ(text_response(404, "no").headers.get("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(html_response(200, "<p>").headers.get("content-type"), "text/html; charset=utf-8");
    const auto json = json_response(201, "{}");
    EXPECT_EQ(json.headers.get("content-type"), "application/json");
    EXPECT_FALSE(json.headers.get("cache-control"));
    const auto redirect = redirect_response(303, "https://a/b");
    EXPECT_EQ(redirect.status, 303);
    EXPECT_EQ(redirect.headers.get("location"), "https://a/b");
    EXPECT_EQ(reason_phrase(404), "Not Found");
    EXPECT_EQ(reason_phrase(799), "Unknown");
}

TEST(Cookie, IsFoundByItsExactName) {
    const Request request{.headers = {{"Cookie", "a=1; __Host-s=x=y ;b="}, {"cookie", "c=3; a=9"}}};
    EXPECT_EQ(get_cookie(request, "a"), "1");
    EXPECT_EQ(get_cookie(request, "__Host-s"), "x=y");
    EXPECT_EQ(get_cookie(request, "b"), "");
    EXPECT_EQ(get_cookie(request, "c"), "3");
    EXPECT_FALSE(get_cookie(request, "A"));
    EXPECT_FALSE(get_cookie(request, "s"));
    EXPECT_FALSE(get_cookie({}, "a"));
    EXPECT_FALSE(get_cookie({.headers = {{"Cookie", "a; =1;;"}}}, "a"));
}

}  // namespace
}  // namespace gatehouse::http
