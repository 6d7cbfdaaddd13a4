// SPDX-License-Identifier: Apache-2.0
#include "http/internal/http2_head.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/http1_parser.h"

namespace gatehouse::http::internal {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Fault = Http2Head::Fault;

constexpr std::size_t kLimit = 4096;

Fields good() {
    return {{":method", "POST"},        {":scheme", "https"}, {":authority", "gw.example:8443"},
            {":path", "/todo/mcp?x=1"}, {"accept", "*/*"},    {"content-type", "application/json"}};
}

Fault finish(const Fields& fields, std::size_t limit = kLimit) {
    Http2Head head(limit);
    for (const auto& [name, value] : fields) {
        head.add(name, value);
    }
    return head.finish(Http2Head::Body::kFollows);
}

/// The good head with one pseudo-field changed.
Fault with(std::string_view name, std::string value) {
    auto fields = good();
    for (auto& field : fields) {
        if (field.first == name) {
            field.second = std::move(value);
        }
    }
    return finish(fields);
}

/// The good head with one field more.
Fault plus(std::string name, std::string value) {
    auto fields = good();
    fields.emplace_back(std::move(name), std::move(value));
    return finish(fields);
}

TEST(Http2HeadTest, ReadsAGoodHead) {
    Http2Head gathered(kLimit);
    for (const auto& [name, value] : good()) {
        gathered.add(name, value);
    }
    ASSERT_EQ(gathered.finish(Http2Head::Body::kNone), Fault::kNone);
    const auto& head = gathered.head();
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/todo/mcp?x=1");
    EXPECT_EQ(head.path, "/todo/mcp");
    EXPECT_EQ(head.query, "x=1");
    EXPECT_EQ(head.host, "gw.example:8443");
    EXPECT_EQ(head.get(HeaderId::kHost), "gw.example:8443");
    EXPECT_EQ(head.get(HeaderId::kAccept), "*/*");
    EXPECT_EQ(head.headers.size(), 3U);
    EXPECT_EQ(head.content_length, -1);
    EXPECT_FALSE(head.chunked);
    EXPECT_FALSE(head.duplicate_single_header);
}

TEST(Http2HeadTest, RefusesPathsThatHttp1Refuses) {
    EXPECT_EQ(with(":path", "/a%20b"), Fault::kNone);
    for (const auto* const path : {"", "todo", "*", "//\x01", "/a b", "/a%2", "/a%zz", "/a#b",
                                   "https://gw.example/", "/\xc3\xa4"}) {
        EXPECT_EQ(with(":path", path), Fault::kBad) << path;
    }
}

TEST(Http2HeadTest, TheWholeServerIsForOptionsOnly) {
    auto fields = good();
    fields[0].second = "OPTIONS";
    fields[3].second = "*";
    EXPECT_EQ(finish(fields), Fault::kNone);
}

TEST(Http2HeadTest, RefusesMethodsAndSchemesThatNobodyServes) {
    EXPECT_EQ(with(":method", "CONNECT"), Fault::kBad);
    EXPECT_EQ(with(":method", "GE T"), Fault::kBad);
    EXPECT_EQ(with(":method", std::string(33, 'A')), Fault::kBad);
    EXPECT_EQ(with(":scheme", "ftp"), Fault::kBad);
    EXPECT_EQ(with(":scheme", "http"), Fault::kNone);
    EXPECT_EQ(plus(":protocol", "websocket"), Fault::kBad);
}

TEST(Http2HeadTest, HostAndAuthorityAreOne) {
    EXPECT_EQ(plus("host", "GW.example:8443"), Fault::kNone);
    EXPECT_EQ(plus("host", "other.example"), Fault::kBad);
    EXPECT_EQ(with(":authority", ""), Fault::kBad);
    EXPECT_EQ(with(":authority", "user@gw.example"), Fault::kBad);
    EXPECT_EQ(with(":authority", "a,b"), Fault::kBad);
    auto fields = good();
    fields.erase(fields.begin() + 2);
    EXPECT_EQ(finish(fields), Fault::kBad);
    fields.emplace_back("host", "gw.example");
    EXPECT_EQ(finish(fields), Fault::kNone);
    fields.emplace_back("host", "gw.example");
    EXPECT_EQ(finish(fields), Fault::kBad);
}

TEST(Http2HeadTest, JoinsACookieThatWasCut) {
    Http2Head gathered(kLimit);
    auto fields = good();
    fields.insert(fields.begin() + 4, {"cookie", "a=1"});
    fields.emplace_back("cookie", "b=2; c=3");
    for (const auto& [name, value] : fields) {
        gathered.add(name, value);
    }
    ASSERT_EQ(gathered.finish(Http2Head::Body::kNone), Fault::kNone);
    EXPECT_EQ(gathered.head().get(HeaderId::kCookie), "a=1; b=2; c=3");
    EXPECT_EQ(gathered.head().headers.size(), 4U);
}

TEST(Http2HeadTest, NoticesSingleFieldsThatCameTwice) {  // H06
    for (const auto* const name : {"authorization", "content-type", "origin", "mcp-session-id",
                                   "mcp-method", "dpop", "last-event-id"}) {
        Http2Head gathered(kLimit);
        auto fields = good();
        fields.emplace_back(name, "x");
        fields.emplace_back(name, "x");
        for (const auto& [key, value] : fields) {
            gathered.add(key, value);
        }
        ASSERT_EQ(gathered.finish(Http2Head::Body::kNone), Fault::kNone);
        EXPECT_TRUE(gathered.head().duplicate_single_header) << name;
    }
}

TEST(Http2HeadTest, ReadsTheLengthOnceAndStrictly) {
    EXPECT_EQ(plus("content-length", "12"), Fault::kNone);
    for (const auto* const length : {"", "-1", "+1", "1,1", "0x1", "9999999999999999999"}) {
        EXPECT_EQ(plus("content-length", length), Fault::kBad) << length;
    }
    auto fields = good();
    fields.emplace_back("content-length", "1");
    fields.emplace_back("content-length", "1");
    EXPECT_EQ(finish(fields), Fault::kBad);
}

TEST(Http2HeadTest, BoundsBytesAndFields) {
    EXPECT_EQ(plus("x", std::string(kLimit, 'x')), Fault::kTooLarge);
    std::size_t size = 0;
    for (const auto& [name, value] : good()) {
        size += name.size() + value.size() + 32;
    }
    EXPECT_EQ(finish(good(), size), Fault::kNone);
    EXPECT_EQ(finish(good(), size - 1), Fault::kTooLarge);
    auto fields = good();
    while (fields.size() < 4 + kMaxFields) {
        fields.emplace_back("x", "y");
    }
    EXPECT_EQ(finish(fields, 64 * 1024), Fault::kNone);
    fields.emplace_back("x", "y");
    EXPECT_EQ(finish(fields, 64 * 1024), Fault::kTooLarge);
}

TEST(Http2HeadTest, KeepsTheMethodOfAHeadThatIsTooLarge) {
    Http2Head gathered(kLimit);
    gathered.add(":method", "HEAD");
    gathered.add("x", std::string(kLimit, 'x'));
    ASSERT_EQ(gathered.finish(Http2Head::Body::kNone), Fault::kTooLarge);
    EXPECT_EQ(gathered.head().method, "HEAD");
}

TEST(Http2HeadTest, FieldsThatTheLibraryRefusesSpoilIt) {
    Http2Head gathered(kLimit);
    for (const auto& [name, value] : good()) {
        gathered.add(name, value);
    }
    gathered.mark_bad();
    EXPECT_EQ(gathered.finish(Http2Head::Body::kNone), Fault::kBad);
}

}  // namespace
}  // namespace gatehouse::http::internal
