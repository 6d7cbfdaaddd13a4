// SPDX-License-Identifier: Apache-2.0
#include "http/http1_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "http/header_id.h"

namespace gatehouse::http {
namespace {

using namespace std::string_literals;

const std::string kGood =
    "POST /mcp/todo?x=1 HTTP/1.1\r\nHost: gw.example\r\nContent-Type: application/json\r\n"
    "Content-Length: 2\r\n\r\n";

TEST(RequestParserTest, ReadsAllPartsOfAHead) {
    ParsedHead head;
    const auto text = kGood + "{}";
    ASSERT_EQ(parse_request_head(text, head), ParseStatus::kDone);
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/mcp/todo?x=1");
    EXPECT_EQ(head.path, "/mcp/todo");
    EXPECT_EQ(head.query, "x=1");
    EXPECT_EQ(head.host, "gw.example");
    EXPECT_EQ(head.content_length, 2);
    EXPECT_EQ(head.size, kGood.size());
    EXPECT_TRUE(head.keep_alive);
    EXPECT_FALSE(head.chunked);
    ASSERT_EQ(head.field_count, 3U);
    EXPECT_EQ(head.fields[1].id, HeaderId::kContentType);
    EXPECT_EQ(head.fields[1].value, "application/json");
}

TEST(RequestParserTest, AsksForMoreAtEveryPrefix) {
    ParsedHead head;
    for (std::size_t size = 0; size < kGood.size(); ++size) {
        EXPECT_EQ(parse_request_head(std::string_view(kGood).substr(0, size), head),
                  ParseStatus::kIncomplete)
            << size;
    }
}

TEST(RequestParserTest, TrimsValuesAndKeepsEmptyOnes) {
    ParsedHead head;
    ASSERT_EQ(
        parse_request_head("GET / HTTP/1.1\r\nhost:gw\r\nX-A: \t padded \t\r\nX-B:\r\n\r\n", head),
        ParseStatus::kDone);
    EXPECT_EQ(head.fields[1].value, "padded");
    EXPECT_EQ(head.fields[2].value, "");
}

TEST(RequestParserTest, KnowsWhenAConnectionStays) {
    const auto keeps = [](const std::string& version, const std::string& connection) {
        ParsedHead head;
        EXPECT_EQ(parse_request_head("GET / HTTP/" + version +
                                         "\r\nHost: a\r\nConnection: " + connection + "\r\n\r\n",
                                     head),
                  ParseStatus::kDone);
        return head.keep_alive;
    };
    EXPECT_TRUE(keeps("1.1", "x"));
    EXPECT_FALSE(keeps("1.1", "x, Close"));
    EXPECT_TRUE(keeps("1.0", "Keep-Alive"));
    EXPECT_FALSE(keeps("1.0", "x"));
    EXPECT_FALSE(keeps("1.0", "keep-alive, close"));
}

TEST(RequestParserTest, TakesAbsoluteTargetsThatNameTheHost) {
    ParsedHead head;
    ASSERT_EQ(
        parse_request_head("GET HTTPS://GW.example/a?b HTTP/1.1\r\nHost: gw.example\r\n\r\n", head),
        ParseStatus::kDone);
    EXPECT_EQ(head.path, "/a");
    EXPECT_EQ(head.query, "b");
}

TEST(RequestParserTest, TakesAsteriskOnlyWithOptions) {
    ParsedHead head;
    EXPECT_EQ(parse_request_head("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", head),
              ParseStatus::kDone);
    EXPECT_EQ(parse_request_head("GET * HTTP/1.1\r\nHost: a\r\n\r\n", head), ParseStatus::kBad);
}

// H06
TEST(RequestParserTest, MarksRepeatedSingleValueFields) {
    for (const auto* name : {"Authorization", "DPoP", "content-type", "MCP-Protocol-Version",
                             "Mcp-Session-Id", "Mcp-Method", "Mcp-Name", "Last-Event-ID"}) {
        const std::string field = name + ": a\r\n"s;
        ParsedHead head;
        const auto start = "GET / HTTP/1.1\r\nHost: a\r\n"s + field;
        ASSERT_EQ(parse_request_head(start + "\r\n", head), ParseStatus::kDone);
        EXPECT_FALSE(head.duplicate_single_header) << name;
        ASSERT_EQ(parse_request_head(start + field + "\r\n", head), ParseStatus::kDone);
        EXPECT_TRUE(head.duplicate_single_header) << name;
    }
    ParsedHead head;
    ASSERT_EQ(
        parse_request_head("GET / HTTP/1.1\r\nHost: a\r\nAccept: a\r\nAccept: b\r\n\r\n", head),
        ParseStatus::kDone);
    EXPECT_FALSE(head.duplicate_single_header);
}

TEST(RequestParserTest, LimitsTheNumberOfFields) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < kMaxFields; ++i) {
        text += "a: b\r\n";
    }
    ParsedHead head;
    EXPECT_EQ(parse_request_head(text + "\r\n", head), ParseStatus::kDone);
    EXPECT_EQ(parse_request_head(text + "a: b\r\n\r\n", head), ParseStatus::kTooManyFields);
}

TEST(RequestParserTest, NamesOtherVersions) {
    ParsedHead head;
    for (const auto* version : {"1.2", "2.0", "0.9"}) {
        EXPECT_EQ(parse_request_head("GET / HTTP/"s + version + "\r\nHost: a\r\n\r\n", head),
                  ParseStatus::kBadVersion);
    }
}

struct Smuggling {
    const char* name;
    std::string line = "POST / HTTP/1.1";
    std::string fields;
};

class SmugglingTest : public testing::TestWithParam<Smuggling> {};

// I70
TEST_P(SmugglingTest, IsRefused) {
    ParsedHead head;
    EXPECT_EQ(parse_request_head(GetParam().line + "\r\n" + GetParam().fields + "\r\n", head),
              ParseStatus::kBad);
}

INSTANTIATE_TEST_SUITE_P(
    Attempts,
    SmugglingTest,
    testing::Values(
        Smuggling{.name = "LengthAndCoding",
                  .fields = "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"},
        Smuggling{.name = "CodingAndLength",
                  .fields = "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n"},
        Smuggling{.name = "TwoLengths",
                  .fields = "Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n"},
        Smuggling{.name = "SameLengthTwice",
                  .fields = "Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n"},
        Smuggling{.name = "LengthList", .fields = "Host: a\r\nContent-Length: 3, 3\r\n"},
        Smuggling{.name = "SignedLength", .fields = "Host: a\r\nContent-Length: +3\r\n"},
        Smuggling{.name = "NegativeLength", .fields = "Host: a\r\nContent-Length: -3\r\n"},
        Smuggling{.name = "HexLength", .fields = "Host: a\r\nContent-Length: 0x3\r\n"},
        Smuggling{.name = "EmptyLength", .fields = "Host: a\r\nContent-Length:\r\n"},
        Smuggling{.name = "HugeLength",
                  .fields = "Host: a\r\nContent-Length: 18446744073709551619\r\n"},
        Smuggling{.name = "OtherCoding", .fields = "Host: a\r\nTransfer-Encoding: gzip\r\n"},
        Smuggling{.name = "CodingList",
                  .fields = "Host: a\r\nTransfer-Encoding: chunked, identity\r\n"},
        Smuggling{
            .name = "CodingTwice",
            .fields = "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
        Smuggling{.name = "CodingWithControl",
                  .fields = "Host: a\r\nTransfer-Encoding: \x0b"
                            "chunked\r\n"},
        Smuggling{.name = "CodingInOldVersion",
                  .line = "POST / HTTP/1.0",
                  .fields = "Host: a\r\nTransfer-Encoding: chunked\r\n"},
        Smuggling{.name = "SpaceBeforeColon", .fields = "Host: a\r\nContent-Length : 3\r\n"},
        Smuggling{.name = "FoldedLine", .fields = "Host: a\r\nX-A: b\r\n c\r\n"},
        Smuggling{.name = "FoldedFirstLine", .fields = " Host: a\r\n"},
        Smuggling{.name = "BareLineFeed", .fields = "Host: a\nX-A: b\r\n"},
        Smuggling{.name = "BareCarriageReturn", .fields = "Host: a\r\nX-A: b\rc\r\n"},
        Smuggling{
            .name = "LineFeedInLine", .line = "POST / HTTP/1.1\nX: y", .fields = "Host: a\r\n"},
        Smuggling{.name = "NulInValue", .fields = "Host: a\r\nX-A: b\0c\r\n"s},
        Smuggling{.name = "NulInName", .fields = "Host: a\r\nX\0A: b\r\n"s},
        Smuggling{.name = "DeleteInValue", .fields = "Host: a\r\nX-A: b\x7f\r\n"},
        Smuggling{.name = "NoName", .fields = "Host: a\r\n: b\r\n"},
        Smuggling{.name = "NoColon", .fields = "Host: a\r\nabc\r\n"},
        Smuggling{.name = "PseudoHeader", .fields = "Host: a\r\n:authority: b\r\n"},
        Smuggling{.name = "NoHost", .fields = "X-A: b\r\n"},
        Smuggling{.name = "TwoHosts", .fields = "Host: a\r\nHost: a\r\n"},
        Smuggling{.name = "EmptyHost", .fields = "Host:\r\n"},
        Smuggling{.name = "HostList", .fields = "Host: a, b\r\n"},
        Smuggling{.name = "HostWithUser", .fields = "Host: u@a\r\n"},
        Smuggling{.name = "HostWithPath", .fields = "Host: a/b\r\n"},
        Smuggling{.name = "HostWithBadPort", .fields = "Host: a:b\r\n"},
        Smuggling{.name = "HostWithHugePort", .fields = "Host: a:65536\r\n"},
        Smuggling{.name = "OpenBracketHost", .fields = "Host: [::1\r\n"},
        Smuggling{.name = "ForeignAbsoluteTarget",
                  .line = "GET http://evil.example/ HTTP/1.1",
                  .fields = "Host: a\r\n"},
        Smuggling{.name = "AbsoluteTargetWithUser",
                  .line = "GET http://u@a/ HTTP/1.1",
                  .fields = "Host: a\r\n"},
        Smuggling{.name = "OtherScheme", .line = "GET ftp://a/ HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{
            .name = "AuthorityTarget", .line = "CONNECT a:80 HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "RelativeTarget", .line = "GET a HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "FragmentInTarget", .line = "GET /a#b HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "BackslashInPath", .line = "GET /a\\b HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "QuoteInPath", .line = "GET /a\"b HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "BrokenEscape", .line = "GET /a%2 HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{
            .name = "NonAsciiTarget", .line = "GET /\xc3\xa9 HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "SpaceInTarget", .line = "GET /a b HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "TwoSpaces", .line = "GET  / HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "NoVersion", .line = "GET /", .fields = "Host: a\r\n"},
        Smuggling{.name = "LowerCaseVersion", .line = "GET / http/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "TextAfterVersion", .line = "GET / HTTP/1.1 x", .fields = "Host: a\r\n"},
        Smuggling{.name = "EmptyLineFirst", .line = "\r\nGET / HTTP/1.1", .fields = "Host: a\r\n"},
        Smuggling{.name = "LongMethod",
                  .line = std::string(33, 'A') + " / HTTP/1.1",
                  .fields = "Host: a\r\n"},
        Smuggling{.name = "BadMethod", .line = "GE(T / HTTP/1.1", .fields = "Host: a\r\n"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(HostTest, TakesNamesAddressesAndPorts) {
    for (const auto* text : {"a", "gw.example:8443", "127.0.0.1:80", "[::1]", "[2001:db8::1]:80"}) {
        EXPECT_TRUE(is_host(text)) << text;
    }
    for (const auto* text : {"", ":80", "a:", "a:1:2", "a[::1]", "[]", "[::1]x", "a b"}) {
        EXPECT_FALSE(is_host(text)) << text;
    }
}

TEST(HeaderIdTest, KnowsNamesInAnyCase) {
    EXPECT_EQ(header_id("te"), HeaderId::kTe);
    EXPECT_EQ(header_id("MCP-PROTOCOL-VERSION"), HeaderId::kMcpProtocolVersion);
    EXPECT_EQ(header_id("Transfer-Encoding"), HeaderId::kTransferEncoding);
    EXPECT_EQ(header_id("Server"), HeaderId::kServer);
    EXPECT_EQ(header_id("Accept"), HeaderId::kAccept);
    EXPECT_EQ(header_id("Last-Event-Id"), HeaderId::kLastEventId);
    EXPECT_EQ(header_id(""), HeaderId::kOther);
    EXPECT_EQ(header_id("x"), HeaderId::kOther);
    EXPECT_EQ(header_id("Transfer_Encoding"), HeaderId::kOther);
    EXPECT_EQ(header_id(std::string(300, 'a')), HeaderId::kOther);
}

TEST(ResponseParserTest, ReadsStatusAndFields) {
    ParsedHead head;
    const std::string text =
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    ASSERT_EQ(parse_response_head(text, head), ParseStatus::kDone);
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(head.content_length, 0);
    EXPECT_FALSE(head.keep_alive);
    EXPECT_EQ(head.size, text.size());
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_EQ(parse_response_head(std::string_view(text).substr(0, size), head),
                  ParseStatus::kIncomplete)
            << size;
    }
}

TEST(ResponseParserTest, TakesAnyReasonOrNone) {
    ParsedHead head;
    for (const auto* line : {"HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 \xc3\xa9t\xc3\xa9"}) {
        EXPECT_EQ(parse_response_head(line + "\r\n\r\n"s, head), ParseStatus::kDone) << line;
    }
}

TEST(ResponseParserTest, RefusesBadAnswers) {
    ParsedHead head;
    for (const auto* text :
         {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
          "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 200 OK\nA: b\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
          "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: "
          "1\r\n\r\n"}) {
        EXPECT_EQ(parse_response_head(text, head), ParseStatus::kBad) << text;
    }
}

}  // namespace
}  // namespace gatehouse::http
