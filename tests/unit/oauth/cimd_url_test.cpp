// SPDX-License-Identifier: Apache-2.0
#include "oauth/cimd_url.h"

#include <gtest/gtest.h>

namespace gatehouse::oauth {
namespace {

constexpr std::string_view kBase = "https://app.example/client.json";

TEST(MetadataUrlTest, TakesHttpsUrlsWithAPath) {  // C21
    for (const std::string_view text :
         {kBase, std::string_view("https://app.example:8443/client.json"),
          std::string_view("https://app.example/client.json?v=2"),
          std::string_view("https://APP.example/a%20b"), std::string_view("https://app.example/"),
          std::string_view("https://app.example/.well-known/client..json"),
          std::string_view("https://app.example/.../x")}) {
        EXPECT_TRUE(parse_metadata_url(text)) << text;
    }
    EXPECT_TRUE(parse_metadata_url(std::string(kBase) + std::string(512 - kBase.size(), 'x')));
}

TEST(MetadataUrlTest, RefusesEverythingElse) {  // C21, I30
    for (const auto* text : {"",
                             "http://app.example/client.json",
                             "HTTPS://app.example/client.json",
                             "https://app.example",
                             "https://app.example?x=/y",
                             "https:///client.json",
                             "https://app.example/client.json#",
                             "https://app.example/client.json#x",
                             "https://user@app.example/client.json",
                             "https://@app.example/client.json",
                             "https://app.example/./client.json",
                             "https://app.example/a/../client.json",
                             "https://app.example/a/%2e%2E/client.json",
                             "https://app.example/a/.%2e",
                             "https://app.example/%2e",
                             "https://app.example/..",
                             "https://app.example:0/client.json",
                             "https://app.example:65536/client.json",
                             "https://0x7f.1/client.json",
                             "https://127.1/client.json",
                             "https://0177.0.0.1/client.json",
                             "https://2130706433/client.json",
                             "https://app.example/a b",
                             "https://app.example\\@evil.example/x",
                             "https://app.example/\r\nHost: x",
                             "https://app.example/%zz"}) {
        EXPECT_FALSE(parse_metadata_url(text)) << text;
    }
    EXPECT_FALSE(parse_metadata_url(std::string(kBase) + std::string(513 - kBase.size(), 'x')));
}

TEST(MetadataUrlTest, KnowsItsFormFromOtherIds) {  // C20
    EXPECT_TRUE(names_metadata_document("https://"));
    EXPECT_FALSE(names_metadata_document("gh_abc"));
    EXPECT_FALSE(names_metadata_document("http://app.example/x"));
}

}  // namespace
}  // namespace gatehouse::oauth
