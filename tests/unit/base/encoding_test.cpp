// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

// RFC 4648 §10
TEST(Encoding, EncodesBase64Vectors) {
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64_encode(plain), encoded);
        EXPECT_EQ(base64_decode(encoded), plain);
    }
}

// RFC 7515 appendix C
TEST(Encoding, EncodesBase64urlVector) {
    const std::string bytes = "\x03\xEC\xFF\xE0\xC1";
    EXPECT_EQ(base64url_encode(bytes), "A-z_4ME");
    EXPECT_EQ(base64url_decode("A-z_4ME"), bytes);
    EXPECT_EQ(base64url_decode(""), "");
}

TEST(Encoding, RefusesOtherSpellingsOfBase64url) {
    for (const auto* bad : {"A", "A-z_4", "A-z_4ME=", "A+z/4ME", " A-z_4ME", "A-z_4ME\n", "A-z_4MF",
                            "Zh", "A-z\xFF"}) {
        EXPECT_FALSE(base64url_decode(bad)) << bad;
    }
}

TEST(Encoding, RefusesOtherSpellingsOfBase64) {
    for (const auto* bad : {"Zg", "Zg=", "Zh==", "Z===", "====", "Zm9v=", "Zm9v\n", "Zm-v"}) {
        EXPECT_FALSE(base64_decode(bad)) << bad;
    }
}

TEST(Encoding, EncodesHex) {
    EXPECT_EQ(hex_encode(std::string("\x00\x0F\xFF", 3)), "000fff");
}

TEST(Encoding, EscapesEverythingButUnreserved) {
    EXPECT_EQ(percent_encode("a b/\xC3\xA9~-._"), "a%20b%2F%C3%A9~-._");
    EXPECT_EQ(percent_decode("a%20b%2f+"), "a b/+");
    for (const auto* bad : {"%", "%2", "%2g", "%g0", "a%"}) {
        EXPECT_FALSE(percent_decode(bad)) << bad;
    }
}

TEST(Encoding, ReadsForms) {
    const auto fields = parse_form("a=1&b=x+y%26&&c&=d&a=2=3");
    ASSERT_TRUE(fields);
    EXPECT_EQ(*fields, (FormFields{{"a", "1"}, {"b", "x y&"}, {"c", ""}, {"", "d"}, {"a", "2=3"}}));
    EXPECT_TRUE(parse_form("")->empty());
}

TEST(Encoding, RefusesMalformedForms) {
    EXPECT_FALSE(parse_form("a=%"));
    EXPECT_FALSE(parse_form("%zz=1"));
    EXPECT_FALSE(parse_form("a=%FF"));
    EXPECT_FALSE(parse_form("a=1&b=2&c=3", 2));
    EXPECT_TRUE(parse_form("a=1&b=2", 2));
}

TEST(Encoding, WritesFormsThatItReads) {
    const FormFields fields{{"redirect uri", "https://a/?b=c&d"}, {"e", ""}, {"+", "\xC3\xA9"}};
    EXPECT_EQ(encode_form(fields), "redirect%20uri=https%3A%2F%2Fa%2F%3Fb%3Dc%26d&e=&%2B=%C3%A9");
    EXPECT_EQ(parse_form(encode_form(fields)), fields);
}

TEST(Encoding, AppendsToQueryAndKeepsTheRest) {
    const FormFields code{{"code", "x y"}};
    EXPECT_EQ(append_query("https://a/cb", code), "https://a/cb?code=x%20y");
    EXPECT_EQ(append_query("https://a/cb?k=%7e+v", code), "https://a/cb?k=%7e+v&code=x%20y");
    EXPECT_EQ(append_query("https://a/cb?", code), "https://a/cb?code=x%20y");
    EXPECT_EQ(append_query("https://a/cb?k&", code), "https://a/cb?k&code=x%20y");
    EXPECT_EQ(append_query("https://a/cb#f?", code), "https://a/cb?code=x%20y#f?");
    EXPECT_EQ(append_query("https://a/cb", {}), "https://a/cb");
}

}  // namespace
}  // namespace gatehouse
