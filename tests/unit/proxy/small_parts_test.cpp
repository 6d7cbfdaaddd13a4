// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "proxy/ended_sessions.h"
#include "proxy/redact.h"
#include "proxy/route_table.h"
#include "proxy/trace.h"
#include "proxy/upstream_head.h"

namespace gatehouse::proxy {
namespace {

TEST(EndedSessions, RemembersWhatEnded) {
    EndedSessions ended;
    EXPECT_FALSE(ended.contains("a"));
    ended.add("a");
    ended.add("a");
    EXPECT_TRUE(ended.contains("a"));
    EXPECT_FALSE(ended.contains("b"));
}

TEST(EndedSessions, StaysBoundedAndKeepsTheNewest) {
    EndedSessions ended;
    for (int i = 0; i < 100'000; ++i) {
        ended.add("session-" + std::to_string(i));
    }
    EXPECT_TRUE(ended.contains("session-99999"));
}

TEST(IdSource, NeverRepeats) {
    IdSource ids;
    const auto first = ids.next();
    EXPECT_EQ(first.size(), 32U);
    EXPECT_NE(first, ids.next());
    EXPECT_FALSE(trace_id_of(make_traceparent(first, ids.next())).empty());
}

std::string recordable_arguments(std::string_view arguments, catalog::Capture capture) {
    std::string out = "left from before";
    record_arguments(out, arguments, capture);
    return out;
}

TEST(Redaction, MasksSecretsByNameAndLook) {
    using catalog::Capture;
    EXPECT_EQ(recordable_arguments(R"({"a":1})", Capture::kNone), "");
    EXPECT_EQ(recordable_arguments(R"({"token":"x"})", Capture::kFull), R"({"token":"x"})");
    EXPECT_EQ(
        recordable_arguments(
            R"({"API_Key":"x","list":[{"clientSecret":{"deep":1}},"Bearer abc"],"shipping":"ok","pin":1})",
            Capture::kRedacted),
        R"({"API_Key":"[redacted]","list":[{"clientSecret":"[redacted]"},"[redacted]"],"shipping":"ok","pin":"[redacted]"})");
}

TEST(Redaction, LeavesOutWhatItCannotShow) {
    using catalog::Capture;
    const std::string large = R"({"a":")" + std::string(40'000, 'x') + R"("})";
    EXPECT_EQ(recordable_arguments(large, Capture::kFull), R"({"gatehouse/left_out_bytes":40008})");
    const std::string deep = R"({"a":)" + std::string(50, '[') + std::string(50, ']') + "}";
    EXPECT_FALSE(recordable_arguments(deep, Capture::kRedacted).contains('['));
}

TEST(Redaction, SeesThroughEscapes) {
    using catalog::Capture;
    EXPECT_EQ(
        recordable_arguments(R"({"pass\u0077ord":"x","n":"\u0065yJhbGci","o":"\ud83d\ude00"})",
                             Capture::kRedacted),
        R"({"pass\u0077ord":"[redacted]","n":"[redacted]","o":"\ud83d\ude00"})");
    EXPECT_EQ(recordable_arguments(R"({"a\"token":[{"x":"}]"},"]"],"b":2})", Capture::kRedacted),
              R"({"a\"token":"[redacted]","b":2})");
}

TEST(Redaction, KeepsShapeAndNumbersAndDropsWhiteSpace) {
    using catalog::Capture;
    EXPECT_EQ(recordable_arguments(
                  "{ \"a\" : [ 1.0 , -2e5,true ,null, [ ] , { } ] ,\n\"b c\" : \" x \" }",
                  Capture::kRedacted),
              R"({"a":[1.0,-2e5,true,null,[],{}],"b c":" x "})");
    EXPECT_EQ(recordable_arguments(R"({"secret" : { "a" : [ 1 ] } , "b":1})", Capture::kRedacted),
              R"({"secret":"[redacted]","b":1})");
}

TEST(Redaction, ShowsNothingOfWhatItCannotFollow) {
    using catalog::Capture;
    for (const std::string bad :
         {"{", R"({"a")", R"({"a":)", R"({"a":1)", R"({"a":1]})", R"({"a":1}x)",
          R"({"a":"\ud800"})", R"({"a":"\q"})", R"({"token":)", R"({"a":[1,})", R"({"a":"x)",
          R"({"token":[1})"}) {
        EXPECT_EQ(recordable_arguments(bad, Capture::kRedacted),
                  R"({"gatehouse/left_out_bytes":)" + std::to_string(bad.size()) + "}")
            << bad;
    }
}

TEST(Query, LosesAccessTokensInAnySpelling) {  // A14
    EXPECT_EQ(strip_access_token("access_token=x"), "");
    EXPECT_EQ(strip_access_token("a=1&access%5Ftoken=x&%41ccess_Token=y&b"), "a=1&b");
    EXPECT_EQ(strip_access_token("q=access_token"), "q=access_token");
}

TEST(RouteTable, FindsServersByHostAndExactPath) {
    auto catalog = std::make_shared<catalog::Catalog>();
    catalog->public_origin = "https://mcp.example.com";
    catalog->servers.push_back({.name = "a",
                                .runtimes = {"http://[::1]:9000/x?k=1"},
                                .origin = "https://mcp.example.com",
                                .mcp_path = "/a/mcp"});
    catalog->servers.push_back({.name = "b",
                                .host = "b.example.com",
                                .origin = "https://b.example.com",
                                .mcp_path = "/mcp"});
    const RouteTable routes(catalog, std::make_shared<policy::PolicySet>(*catalog),
                            {"127.0.0.1:8080"});
    EXPECT_EQ(*routes.origin_of("B.example.com:443"), "https://b.example.com");
    EXPECT_EQ(*routes.origin_of("127.0.0.1:8080"), "https://mcp.example.com");
    EXPECT_EQ(routes.origin_of("mcp.example.com:80"), nullptr);
    EXPECT_EQ(routes.origin_of(""), nullptr);
    ASSERT_NE(routes.find("https://mcp.example.com", "/a/mcp/"), nullptr);
    EXPECT_EQ(routes.find("https://mcp.example.com", "/a/mcp/")->server->name, "a");
    EXPECT_EQ(routes.find("https://b.example.com", "/a/mcp"), nullptr);
    EXPECT_EQ(routes.find("https://mcp.example.com", "/mcp"), nullptr);
    EXPECT_EQ(routes.find("https://mcp.example.com", "/A/mcp"), nullptr);
    const auto& replica = routes.find_server("a")->replicas.front();
    EXPECT_EQ(replica.host, "[::1]:9000");
    EXPECT_EQ(replica.target, "/x?k=1");
}

}  // namespace
}  // namespace gatehouse::proxy
