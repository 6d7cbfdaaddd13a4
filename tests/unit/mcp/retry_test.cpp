// SPDX-License-Identifier: Apache-2.0
#include "mcp/retry.h"

#include <gtest/gtest.h>

#include <array>

#include "mcp/message.h"

namespace gatehouse::mcp {
namespace {

std::string_view value_in(std::string_view body, std::string_view value) {
    return body.substr(body.find(value), value.size());
}

std::string without(std::string_view body, std::string_view value) {
    const std::array edits{MemberEdit{.value = value_in(body, value), .replacement = {}}};
    return edit_members(body, edits);
}

TEST(Retry, TakesAMemberOutWithTheCommaThatMustGoWithIt) {  // G34
    EXPECT_EQ(without(R"({"a":1,"b":"x","c":2})", R"("x")"), R"({"a":1,"c":2})");
    EXPECT_EQ(without(R"({ "b" : "x" , "c":2})", R"("x")"), R"({ "c":2})");
    EXPECT_EQ(without(R"({"a":1 ,  "b":"x" })", R"("x")"), R"({"a":1  })");
    EXPECT_EQ(without(R"({"b":"x"})", R"("x")"), "{}");
    EXPECT_EQ(without(R"({"a":"\"","b\\\"":"x"})", R"("x")"), R"({"a":"\""})");
}

TEST(Retry, TakesNeighboursOutWithoutLeavingCommas) {  // G34
    for (const std::string_view body : {R"({"a":1,"b":"x","c":"y"})", R"({"b":"x","a":1,"c":"y"})",
                                        R"({"b":"x","c":"y","a":1})"}) {
        const std::array edits{MemberEdit{.value = value_in(body, R"("x")"), .replacement = {}},
                               MemberEdit{.value = value_in(body, R"("y")"), .replacement = {}}};
        EXPECT_EQ(edit_members(body, edits), R"({"a":1})") << body;
    }
    constexpr std::string_view kBoth = R"({"b":"x","c":"y"})";
    const std::array edits{MemberEdit{.value = value_in(kBoth, R"("y")"), .replacement = {}},
                           MemberEdit{.value = value_in(kBoth, R"("x")"), .replacement = {}}};
    EXPECT_EQ(edit_members(kBoth, edits), "{}");
}

TEST(Retry, PutsAnotherValueInItsPlaceAndLeavesTheRestAlone) {  // G34
    constexpr std::string_view kBody = R"({"n":1.0e5,"b":"x", "c":"y"})";
    const std::array edits{MemberEdit{.value = value_in(kBody, R"("x")"), .replacement = "[1,2]"},
                           MemberEdit{.value = value_in(kBody, R"("y")"), .replacement = {}}};
    EXPECT_EQ(edit_members(kBody, edits), R"({"n":1.0e5,"b":[1,2]})");
}

TEST(Retry, FindsAResponseByItsKey) {  // G35
    constexpr std::string_view kResponses =
        R"({ "a":{"action":"accept","content":{"x":[1,{"y":"}"}]}}, "\u0062" : {"action":"decline"}})";
    const auto first = find_response(kResponses, "a");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->action, "accept");
    EXPECT_EQ(first->value, R"({"action":"accept","content":{"x":[1,{"y":"}"}]}})");
    EXPECT_FALSE(first->alone);
    EXPECT_EQ(find_response(kResponses, "b")->action, "decline");
    EXPECT_FALSE(find_response(kResponses, "c"));
    EXPECT_TRUE(find_response(R"({"a":7})", "a")->alone);
    EXPECT_EQ(find_response(R"({"a":7})", "a")->action, "");
    EXPECT_FALSE(find_response("{}", "a"));
    EXPECT_TRUE(has_response_like(R"({"gh-1":{}})", "gh-"));
    EXPECT_FALSE(has_response_like(R"({"x":{"gh-1":{}}})", "gh-"));
}

TEST(Retry, ReadsStrings) {
    EXPECT_EQ(read_string(R"("a\"b")"), "a\"b");
    EXPECT_FALSE(read_string("7"));
    EXPECT_FALSE(read_string(R"("a","b")"));
}

TEST(Retry, ClassifierHandsOutWhatTheRetryCarries) {  // G33
    std::string body =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t",
        "inputResponses" : {"k":{"action":"accept"}} ,"requestState":"s\"1" }})";
    const std::size_t size = body.size();
    body.append(kPadding, 'x');
    Classifier classifier;
    const auto read = classifier.classify(std::string_view(body).substr(0, size));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->messages.front().input_responses, R"({"k":{"action":"accept"}})");
    EXPECT_EQ(read->messages.front().request_state, R"("s\"1")");
}

}  // namespace
}  // namespace gatehouse::mcp
