// SPDX-License-Identifier: Apache-2.0
#include "base/json_cursor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse {
namespace {

bool is_json(std::string_view text) {
    JsonCursor cursor(text);
    return cursor.skip() && cursor.at_end();
}

TEST(JsonCursor, PassesWhatIsJson) {
    for (const std::string_view text :
         {"null", " true ", "false", "0", "-0", "12", "-1.5e+10", "1E2", "\"\"", "\"a\\u00e9\\n\"",
          "[]", "[ ]", "{}", "{ }", "[1,[2,[]],{}]", R"({"a":{"b":[true,null]},"c":"d"})",
          "\t{\r\n\"a\" : 1 , \"b\" : [ 1 , 2 ] }\n", "\"0123456789abcdef0123456789\""}) {
        EXPECT_TRUE(is_json(text)) << text;
    }
}

TEST(JsonCursor, StopsAtWhatIsNot) {
    for (const std::string_view text : {"",
                                        " ",
                                        "nul",
                                        "nullx",
                                        "True",
                                        "01",
                                        "-",
                                        "1.",
                                        ".5",
                                        "1e",
                                        "+1",
                                        "0x1",
                                        "\"",
                                        "\"a",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u12g4\"",
                                        "\"a\nb\"",
                                        "\"0123456789abcdef\n\"",
                                        "[",
                                        "[1",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "[1}",
                                        "{",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{\"a\" 1}",
                                        "{a:1}",
                                        "{1:2}",
                                        "{\"a\":1]",
                                        "{\"a\":\"b\"\"c\"}",
                                        "1 2",
                                        "[]]",
                                        "\xef\xbb\xbf{}"}) {
        EXPECT_FALSE(is_json(text)) << text;
    }
}

TEST(JsonCursor, NestsAsDeepAsItSaysAndNoDeeper) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(is_json(nested(JsonCursor::kMaxDepth)));
    EXPECT_FALSE(is_json(nested(JsonCursor::kMaxDepth + 1)));
}

TEST(JsonCursor, ReadsMembersInTheirOrderWithTheirText) {
    JsonCursor cursor(R"( {"a": [1, 2] ,"b\u0062":"x", "c":{}} )");
    std::vector<std::string> seen;
    EXPECT_TRUE(cursor.read_object([&](JsonCursor::RawString key) {
        std::string name;
        std::string_view text;
        if (!unescape(key, name) || !cursor.skip(text)) {
            return false;
        }
        seen.push_back(name + "=" + std::string(text));
        return true;
    }));
    EXPECT_TRUE(cursor.at_end());
    EXPECT_EQ(seen, (std::vector<std::string>{"a=[1, 2]", "bb=\"x\"", "c={}"}));
}

TEST(JsonCursor, FailsForGoodOnceItFailed) {
    JsonCursor cursor("[1,x,2]");
    int elements = 0;
    EXPECT_FALSE(cursor.read_array([&] {
        ++elements;
        return cursor.skip();
    }));
    EXPECT_EQ(elements, 2);
    EXPECT_EQ(cursor.type(), JsonCursor::Type::kNone);
    EXPECT_FALSE(cursor.skip());
    EXPECT_FALSE(cursor.at_end());
}

TEST(JsonCursor, EndsAWalkWhenTold) {
    JsonCursor cursor(R"({"a":1,"b":2})");
    int members = 0;
    EXPECT_FALSE(cursor.read_object([&](JsonCursor::RawString /*key*/) {
        ++members;
        return false;
    }));
    EXPECT_EQ(members, 1);
}

TEST(JsonCursor, UnescapesWhatHasAMeaning) {
    const auto meaning = [](std::string_view raw) -> std::string {
        std::string out;
        return unescape({.text = raw, .escaped = true}, out) ? out : "none";
    };
    EXPECT_EQ(meaning(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(meaning(R"(\u0041\u00e9\u20AC\ud83d\ude00x)"), "A\u00e9\u20ac\U0001f600x");
    for (const std::string_view half :
         {R"(\ud83d)", R"(\ude00)", R"(\ud83dx)", R"(\ud83d\u0041)", R"(\ud83d\ud83d)"}) {
        EXPECT_EQ(meaning(half), "none") << half;
    }
}

}  // namespace
}  // namespace gatehouse
