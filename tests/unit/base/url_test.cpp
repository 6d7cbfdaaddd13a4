// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <gtest/gtest.h>

namespace gatehouse {
namespace {

TEST(Url, SplitsWithoutDecoding) {
    const auto url = parse_url("HTTPS://User%40:pw@Example.COM:8443/a%2Fb;c?q=%20&r=/?#frag?");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "https");
    EXPECT_TRUE(url->has_userinfo);
    EXPECT_EQ(url->userinfo, "User%40:pw");
    EXPECT_EQ(url->host, "example.com");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->path, "/a%2Fb;c");
    EXPECT_TRUE(url->has_query);
    EXPECT_EQ(url->query, "q=%20&r=/?");
    EXPECT_TRUE(url->has_fragment);
    EXPECT_EQ(url->fragment, "frag?");
    EXPECT_EQ(url->origin(), "https://example.com:8443");
    EXPECT_EQ(url->target(), "/a%2Fb;c?q=%20&r=/?");
}

TEST(Url, TellsAbsentFromEmpty) {
    const auto bare = parse_url("http://a");
    ASSERT_TRUE(bare);
    EXPECT_FALSE(bare->has_query || bare->has_fragment || bare->has_userinfo);
    EXPECT_EQ(bare->target(), "/");
    EXPECT_EQ(bare->effective_port(), 80);
    const auto empty = parse_url("https://@a:443/?#");
    ASSERT_TRUE(empty);
    EXPECT_TRUE(empty->has_query && empty->has_fragment && empty->has_userinfo);
    EXPECT_EQ(empty->target(), "/?");
    EXPECT_EQ(empty->origin(), "https://a");
    EXPECT_EQ(parse_url("https://a?q")->target(), "/?q");
}

// C07: native clients bring schemes of their own
TEST(Url, ReadsPrivateUseSchemes) {
    const auto with_host = parse_url("cursor://anysphere.cursor-retrieval/oauth/callback");
    ASSERT_TRUE(with_host);
    EXPECT_EQ(with_host->host, "anysphere.cursor-retrieval");
    EXPECT_EQ(with_host->effective_port(), 0);
    const auto without = parse_url("com.example.app:/callback");
    ASSERT_TRUE(without);
    EXPECT_FALSE(without->has_authority);
    EXPECT_EQ(without->path, "/callback");
}

TEST(Url, RefusesMalformedUrls) {
    for (const auto* bad : {"",
                            "a",
                            "/path",
                            "//evil",
                            "://a",
                            "1a://b",
                            "http:",
                            "http:a",
                            "http:/a",
                            "http://",
                            "http:///a",
                            "http://?q",
                            "http://#f",
                            "http://:80",
                            "http://@",
                            "http://a b",
                            "http://a/b c",
                            "http://a/\t",
                            " http://a",
                            "http://a\n",
                            "http://a\\b",
                            "http://a/\\b",
                            "http://\xC3\xA4.com",
                            "http://a/\xC3\xA4",
                            "http://a/%",
                            "http://a/%2",
                            "http://a/%zz",
                            "http://a?%g0",
                            "http://a/<",
                            "http://a/\"",
                            "http://a/`",
                            "http://a/{",
                            "http://a/|",
                            "http://a/[",
                            "http://a:",
                            "http://a:0",
                            "http://a:65536",
                            "http://a:080",
                            "http://a:8a",
                            "http://a:-1",
                            "http://a:80:80",
                            "http://a..b",
                            "http://.a",
                            "http://a.",
                            "http://a%2eb",
                            "http://a,b",
                            "http://a@b@c",
                            "http://[",
                            "http://[]",
                            "http://[::1",
                            "http://::1",
                            "http://[::1]x",
                            "http://[::1]:",
                            "http://[fe80::1%25eth0]",
                            "http://[1:2]",
                            "http://x[::1]",
                            "http://[v1.a]",
                            "http://a/#b#c"}) {
        EXPECT_FALSE(parse_url(bad)) << bad;
    }
    EXPECT_FALSE(parse_url(std::string("http://") + std::string(64, 'a') + ".com"));
    EXPECT_FALSE(parse_url(std::string_view("http://a\0.com", 13)));
}

// I30
TEST(Url, RefusesIpv4LookAlikes) {
    for (const auto* bad :
         {"http://0x7f.1", "http://127.1", "http://2130706433", "http://0x7f000001",
          "http://0177.0.0.1", "http://127.0.0.01", "http://127.0.0.0x1", "http://256.0.0.1",
          "http://1.2.3.4.5", "http://127.0.0.1.", "http://127.0.0.1%2e", "http://0x", "http://a.1",
          "http://1.2.3"}) {
        EXPECT_FALSE(parse_url(bad)) << bad;
    }
    EXPECT_EQ(parse_url("http://169.254.169.254/")->host, "169.254.169.254");
    EXPECT_EQ(parse_url("http://[::FFFF:a9fe:a9fe]:80/")->host, "[::ffff:a9fe:a9fe]");
    EXPECT_TRUE(parse_url("http://1password.com"));
    EXPECT_TRUE(parse_url("http://0x7f.com"));
}

// I09, I10: what looks like a known host is another one, and shows itself as such
TEST(Url, ShowsWhereDeceptiveUrlsLead) {
    EXPECT_EQ(parse_url("https://good@evil")->host, "evil");
    EXPECT_TRUE(parse_url("https://good@evil")->has_userinfo);
    EXPECT_EQ(parse_url("https://good.evil.com")->host, "good.evil.com");
    EXPECT_FALSE(parse_url("//evil"));
    EXPECT_FALSE(parse_url("https://good%2eevil"));
    EXPECT_FALSE(parse_url("https://good."));
    EXPECT_FALSE(parse_url("https://g\xD0\xBEod"));  // a Cyrillic letter
    EXPECT_EQ(parse_url("https://good/cb/..")->path, "/cb/..");
    EXPECT_EQ(parse_url("https://good/CB")->path, "/CB");
    EXPECT_TRUE(parse_url("https://good/cb#frag")->has_fragment);
    EXPECT_FALSE(parse_url("https://good\\@evil"));
}

// I10
TEST(Url, KnowsLoopbackByItsText) {
    for (const auto* yes : {"http://127.0.0.1", "http://127.9.8.7:1", "http://[::1]:80/",
                            "http://localhost", "http://LOCALHOST:33418/cb", "https://127.0.0.1"}) {
        EXPECT_TRUE(parse_url(yes)->is_loopback()) << yes;
    }
    for (const auto* no : {"http://127.0.0.1.evil.com", "http://0.0.0.0",
                           "http://[::ffff:127.0.0.1]", "http://localhost.evil", "http://128.0.0.1",
                           "http://[::]", "http://127.com", "app:/127.0.0.1"}) {
        ASSERT_TRUE(parse_url(no)) << no;
        EXPECT_FALSE(parse_url(no)->is_loopback()) << no;
    }
}

// D09
TEST(Url, CanonicalizesResources) {
    EXPECT_EQ(canonical_resource("HTTPS://MCP.Example.com:443/Github/"),
              "https://mcp.example.com/Github");
    EXPECT_EQ(canonical_resource("https://mcp.example.com/"), "https://mcp.example.com");
    EXPECT_EQ(canonical_resource("https://mcp.example.com"), "https://mcp.example.com");
    EXPECT_EQ(canonical_resource("http://a:80/x"), "http://a/x");
    EXPECT_EQ(canonical_resource("http://a:443/x"), "http://a:443/x");
    EXPECT_EQ(canonical_resource("https://a/x//"), "https://a/x/");
    EXPECT_EQ(canonical_resource("https://a/x?y"), "https://a/x?y");
}

// D09
TEST(Url, RefusesWhatIsNoResource) {
    for (const auto* bad : {"https://a/x#", "https://a/x#y", "/x", "a/x", "", "https://u@a/x",
                            "urn:example:a", "https://a/x y"}) {
        EXPECT_FALSE(canonical_resource(bad)) << bad;
    }
}

TEST(Url, RefusesBytesHiddenBehindANulInAnIpv6Literal) {
    using namespace std::string_view_literals;
    EXPECT_TRUE(parse_url("http://[::1]/"));
    EXPECT_FALSE(parse_url("http://[::1\0.evil]/"sv));
    EXPECT_FALSE(parse_url("http://[::1\0]/"sv));
}

}  // namespace
}  // namespace gatehouse
