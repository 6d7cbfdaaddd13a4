// SPDX-License-Identifier: Apache-2.0
#include "oauth/redirect_uri.h"

#include <gtest/gtest.h>

#include <array>

namespace gatehouse::oauth {
namespace {

TEST(RedirectUri, MayBeWhatRealClientsUse) {  // C07, C08, rule 14
    for (const char* uri :
         {"https://claude.ai/api/mcp/auth_callback", "https://chatgpt.com/connector/oauth/abc?x=1",
          "https://host.example:8443/cb"}) {
        EXPECT_EQ(check_redirect_uri(uri), RedirectKind::kWeb) << uri;
    }
    for (const char* uri : {"http://localhost:51940/callback", "http://127.0.0.1/",
                            "http://127.8.9.10:1/cb", "http://[::1]:8080/cb"}) {
        EXPECT_EQ(check_redirect_uri(uri), RedirectKind::kLoopback) << uri;
    }
    for (const char* uri :
         {"cursor://anysphere.cursor-mcp/oauth/callback",
          "vscode://vscode.github-authentication/did-authenticate", "com.example.app:/callback"}) {
        EXPECT_EQ(check_redirect_uri(uri), RedirectKind::kPrivateScheme) << uri;
    }
}

TEST(RedirectUri, MayNotBeDangerous) {  // C07
    const std::array<std::string, 27> refused{"",
                                              "callback",
                                              "/callback",
                                              "//evil.example/cb",
                                              "https:///cb",
                                              "https://",
                                              "https:cb",
                                              "https://host.example/cb#fragment",
                                              "https://host.example/cb#",
                                              "https://user@host.example/cb",
                                              "https://user:pw@host.example/cb",
                                              "https://*.example/cb",
                                              "https://host.example/*",
                                              "https://host.example/a b",
                                              "https://host.example\\evil",
                                              "http://host.example/cb",
                                              "http://192.168.0.1/cb",
                                              "http://localhost.evil.example/cb",
                                              "http://0x7f.1/cb",
                                              "javascript:alert(1)",
                                              "JavaScript://host/%0aalert(1)",
                                              "data:text/html,x",
                                              "file:///etc/passwd",
                                              "vbscript:x",
                                              "blob:https://host.example/1",
                                              "ws://127.0.0.1/cb",
                                              "https://host.example/" + std::string(2048, 'a')};
    for (const std::string& uri : refused) {
        EXPECT_FALSE(check_redirect_uri(uri)) << uri;
    }
}

TEST(RedirectUri, MatchesExactly) {  // D05
    EXPECT_TRUE(redirect_uri_matches("https://a.example/cb", "https://a.example/cb"));
    for (const char* other :
         {"https://a.example/cb/", "https://a.example/CB", "https://a.example:443/cb",
          "https://a.example/cb?x=1", "https://A.example/cb", "http://a.example/cb",
          "https://a.example/c%62"}) {
        EXPECT_FALSE(redirect_uri_matches("https://a.example/cb", other)) << other;
    }
    EXPECT_FALSE(redirect_uri_matches("cursor://host:1/cb", "cursor://host:2/cb"));
}

TEST(RedirectUri, IgnoresThePortOfLoopback) {  // D05, rule 13
    for (const char* host : {"localhost", "127.0.0.1", "[::1]", "127.0.0.2"}) {
        const std::string base = std::string("http://") + host;
        EXPECT_TRUE(redirect_uri_matches(base + "/cb", base + ":5000/cb")) << host;
        EXPECT_TRUE(redirect_uri_matches(base + ":1/cb", base + ":5000/cb")) << host;
        EXPECT_TRUE(redirect_uri_matches(base + ":1/cb?a=b", base + "/cb?a=b")) << host;
        EXPECT_FALSE(redirect_uri_matches(base + "/cb", base + ":5000/cb/")) << host;
        EXPECT_FALSE(redirect_uri_matches(base + "/cb", base + ":5000/cb?a=b")) << host;
        EXPECT_FALSE(redirect_uri_matches(base + "/cb", base + ":5000/CB")) << host;
        EXPECT_FALSE(redirect_uri_matches(base + "/cb", base + ":5000/cb#x")) << host;
        EXPECT_FALSE(redirect_uri_matches(base + "/cb", base + ":99999/cb")) << host;
        EXPECT_FALSE(redirect_uri_matches(base + "/cb", "http://u@" + std::string(host) + "/cb"));
    }
    EXPECT_FALSE(redirect_uri_matches("http://localhost/cb", "http://127.0.0.1:1/cb"));
    EXPECT_FALSE(redirect_uri_matches("http://127.0.0.1/cb", "http://127.0.0.2/cb"));
    EXPECT_FALSE(redirect_uri_matches("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"));
    EXPECT_FALSE(
        redirect_uri_matches("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb"));
    EXPECT_FALSE(redirect_uri_matches("https://localhost/cb", "https://localhost:1/cb"));
    EXPECT_TRUE(is_registered_redirect_uri({"https://a.example/", "http://localhost/cb"},
                                           "http://localhost:7/cb"));
    EXPECT_FALSE(is_registered_redirect_uri({}, "http://localhost:7/cb"));
}

TEST(RedirectUri, IsShownByItsHost) {  // C43
    EXPECT_EQ(redirect_host("https://claude.ai/api/cb"), "claude.ai");
    EXPECT_EQ(redirect_host("https://host.example:8443/cb"), "host.example:8443");
    EXPECT_EQ(redirect_host("http://localhost:51940/cb"), "localhost");
    EXPECT_EQ(redirect_host("cursor://anysphere.cursor-mcp/cb"), "cursor://anysphere.cursor-mcp");
    EXPECT_EQ(redirect_host("com.example.app:/cb"), "com.example.app:");
    EXPECT_EQ(redirect_host("nonsense"), "");
}

}  // namespace
}  // namespace gatehouse::oauth
