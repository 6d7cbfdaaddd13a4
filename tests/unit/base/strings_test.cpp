// SPDX-License-Identifier: Apache-2.0
#include "base/strings.h"

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

TEST(Strings, ComparesAsciiWithoutCase) {
    EXPECT_TRUE(iequals("Content-Type", "content-TYPE"));
    EXPECT_FALSE(iequals("Content-Type", "Content-Typ"));
    EXPECT_FALSE(iequals("\xC3\x84", "\xC3\xA4"));
    EXPECT_EQ(to_lower("HTTPS://\xC3\x84"), "https://\xC3\x84");
}

TEST(Strings, TrimsSpacesAndTabsOnly) {
    EXPECT_EQ(trim(" \t a b \t"), "a b");
    EXPECT_EQ(trim("\na"), "\na");
    EXPECT_EQ(trim(" \t"), "");
    EXPECT_EQ(trim(""), "");
}

TEST(Strings, SplitsKeepingEmptyParts) {
    EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
    EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
}

TEST(Strings, SplitsWordsDroppingEmptyOnes) {
    EXPECT_EQ(split_words("  read  write "), (std::vector<std::string>{"read", "write"}));
    EXPECT_TRUE(split_words("").empty());
    EXPECT_EQ(join({"read", "write"}, " "), "read write");
    EXPECT_EQ(join({"", ""}, ","), ",");
    EXPECT_EQ(join({}, " "), "");
    EXPECT_TRUE(contains({"read", "write"}, "write"));
    EXPECT_FALSE(contains({"read", "write"}, "writ"));
}

TEST(Strings, ComparesSecretsByContentAndLength) {
    EXPECT_TRUE(constant_time_equal("abc", "abc"));
    EXPECT_TRUE(constant_time_equal("", ""));
    EXPECT_FALSE(constant_time_equal("abc", "abd"));
    EXPECT_FALSE(constant_time_equal("abc", "abcd"));
    EXPECT_FALSE(constant_time_equal("abc", ""));
}

TEST(Strings, ReadsOneSpellingOfEachNumber) {
    EXPECT_EQ(parse_uint("0"), 0U);
    EXPECT_EQ(parse_uint("18446744073709551615"), 18446744073709551615ULL);
    for (const auto* bad : {"", "00", "01", "+1", "-1", " 1", "1 ", "1a", "18446744073709551616",
                            "99999999999999999999"}) {
        EXPECT_FALSE(parse_uint(bad)) << bad;
    }
}

TEST(Strings, KnowsUtf8) {
    EXPECT_TRUE(is_valid_utf8("a \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
    for (const auto* bad :
         {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
        EXPECT_FALSE(is_valid_utf8(bad));
    }
}

TEST(Strings, SanitizesDeceptiveText) {
    EXPECT_EQ(sanitize_text("a\nb\x1B[31m\x7F", 100), "ab[31m");
    EXPECT_EQ(sanitize_text("pay \xE2\x80\xAEmoc.live", 100), "pay moc.live");
    EXPECT_EQ(sanitize_text("a\xC2\x85z", 100), "az");
    EXPECT_EQ(sanitize_text("a\xFF", 100), "a\xEF\xBF\xBD");
}

TEST(Strings, SanitizesToWholeCharacters) {
    EXPECT_EQ(sanitize_text("ab\xE2\x82\xAC", 4), "ab");
    EXPECT_EQ(sanitize_text("ab\xE2\x82\xAC", 5), "ab\xE2\x82\xAC");
    EXPECT_EQ(sanitize_text("abc", 0), "");
}

TEST(Strings, MakesDescriptionsSafe) {
    EXPECT_EQ(to_safe_ascii("a \"b\" \\ \r\n\xC3\xA9 c", 100), "a b   c");
    EXPECT_EQ(to_safe_ascii("abc", 2), "ab");
}

TEST(Strings, EscapesHtml) {
    EXPECT_EQ(html_escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
}

TEST(Strings, MeasuresEditDistance) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("same", "same"), 0U);
}

}  // namespace
}  // namespace gatehouse
