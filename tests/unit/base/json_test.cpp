// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <gtest/gtest.h>

namespace gatehouse::json {
namespace {

std::string nested_arrays(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Json, ReadsEveryKindOfValue) {
    const auto object = parse_object(
        R"( {"s":"a\u00e9\ud83d\ude00","i":-5,"u":18446744073709551615,"d":1.5,"b":true,"n":null,)"
        R"("a":["x","y"],"e":[],"o":{"s":"inner"}} )");
    ASSERT_TRUE(object);
    EXPECT_EQ(get_string(*object, "s"), "a\xC3\xA9\xF0\x9F\x98\x80");
    EXPECT_EQ(get_int(*object, "i"), -5);
    EXPECT_EQ(get_bool(*object, "b"), true);
    EXPECT_EQ(get_strings(*object, "a"), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(get_strings(*object, "e"), std::vector<std::string>{});
    EXPECT_TRUE(object->at("n").is_null());
    EXPECT_EQ(get_string(object->at("o").as_object(), "s"), "inner");
}

TEST(Json, GivesNothingForAbsentMembersAndOtherTypes) {
    const auto object = parse_object(R"({"s":"a","i":5,"u":18446744073709551615,"a":["x",1]})");
    ASSERT_TRUE(object);
    EXPECT_FALSE(get_string(*object, "absent"));
    EXPECT_FALSE(get_string(*object, "i"));
    EXPECT_FALSE(get_int(*object, "s"));
    EXPECT_FALSE(get_int(*object, "u"));
    EXPECT_FALSE(get_bool(*object, "i"));
    EXPECT_FALSE(get_strings(*object, "a"));
    EXPECT_FALSE(get_strings(*object, "s"));
}

TEST(Json, RefusesDuplicateMembersAtAnyLevel) {
    for (const auto* text : {R"({"a":1,"a":2})", R"({"o":{"x":1,"y":2,"x":1}})",
                             R"([{"a":1},{"b":[{"c":1,"c":1}]}])", R"({"a":1,"\u0061":2})"}) {
        const auto value = parse(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().message, "JSON has a duplicate member name");
    }
}

TEST(Json, AllowsOneNameInDifferentObjects) {
    EXPECT_TRUE(parse(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"));
}

TEST(Json, RefusesNestingBeyond32) {
    EXPECT_TRUE(parse(nested_arrays(32)));
    EXPECT_FALSE(parse(nested_arrays(33)));
    EXPECT_FALSE(parse(nested_arrays(1'000'000)));
}

TEST(Json, RefusesMalformedText) {
    for (const auto* text : {"",         " ",           "{",
                             "{}x",      "{} {}",       "[1,]",
                             "{'a':1}",  "// c\n1",     "\xEF\xBB\xBF{}",
                             "\"\xFF\"", "\"\\ud800\"", "\"\n\"",
                             "01",       "+1",          "NaN",
                             "1e",       "1e400",       "[-1e400]",
                             "nul",      "{\"a\"}",     "\"\xED\xA0\x80\""}) {
        const auto value = parse(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, ErrorCode::kInvalid);
    }
    EXPECT_FALSE(parse(std::string_view("1\0", 2)));
}

TEST(Json, RefusesWhatIsNoObject) {
    EXPECT_EQ(parse_object("[]").error().message, "JSON is not an object");
}

TEST(Json, KeepsLongStringsAndNamesWhole) {
    const std::string name(5000, 'n');
    const std::string text(100'000, 's');
    const auto object = parse_object("{\"" + name + "\":\"" + text + "\\n\"}");
    ASSERT_TRUE(object);
    EXPECT_EQ(get_string(*object, name), text + "\n");
}

TEST(Json, WritesWhatItReads) {
    const Object object{{"scopes", to_array({"read", "write"})}, {"n", 5}};
    EXPECT_EQ(dump(object), R"({"scopes":["read","write"],"n":5})");
}

}  // namespace
}  // namespace gatehouse::json
