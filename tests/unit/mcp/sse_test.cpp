// SPDX-License-Identifier: Apache-2.0
#include "mcp/sse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mcp/outcome.h"

namespace gatehouse::mcp {
namespace {

struct Seen {
    std::vector<std::string> events;
    std::string boundaries;  ///< bytes up to each boundary, in pieces
};

std::vector<std::string> events_of(std::string_view stream, std::size_t piece) {
    SseScanner scanner;
    std::vector<std::string> events;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        scanner.feed(stream.substr(at, piece),
                     [&](std::string_view data) { events.emplace_back(data); });
    }
    return events;
}

TEST(SseScanner, FindsTheSameEventsHoweverTheStreamIsCut) {
    for (const std::string_view stream :
         {"event: message\ndata: {\"a\":1}\n\n: ping\n\ndata: x\ndata:y\n\n",
          "event: message\r\ndata: {\"a\":1}\r\n\r\n: ping\r\n\r\ndata: x\r\ndata:y\r\n\r\n",
          "event: message\rdata: {\"a\":1}\r\r: ping\r\rdata: x\rdata:y\r\r",
          "data: {\"a\":1}\rid: 7\n\r\ndata: x\r\nevent: e\ndata:y\n\r"}) {
        for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
            EXPECT_EQ(events_of(stream, piece), (std::vector<std::string>{R"({"a":1})", "x\ny"}))
                << piece;
        }
    }
}

TEST(SseScanner, JoinsLinesOfDataAlsoEmptyOnes) {
    for (std::size_t piece = 1; piece < 40; ++piece) {
        EXPECT_EQ(
            events_of("data\ndata: x\n\ndata:\n\ndata\ndata\n\ndata: x\ndata:\ndata: y\n\n", piece),
            (std::vector<std::string>{"\nx", "", "\n", "x\n\ny"}))
            << piece;
    }
}

TEST(SseScanner, NamesTheEndOfTheLastWholeEvent) {
    SseScanner scanner;
    const auto ignore = [](std::string_view) {};
    EXPECT_EQ(scanner.feed("data: 1\n\ndata: 2", ignore), 9U);
    EXPECT_FALSE(scanner.at_boundary());
    EXPECT_EQ(scanner.feed("2\n", ignore), 0U);
    EXPECT_FALSE(scanner.at_boundary());
    EXPECT_EQ(scanner.feed("\n", ignore), 1U);
    EXPECT_TRUE(scanner.at_boundary());
}

TEST(SseScanner, TreatsACommentAsABoundary) {
    SseScanner scanner;
    EXPECT_EQ(scanner.feed(": hi\n", [](std::string_view) {}), 5U);
    EXPECT_TRUE(scanner.at_boundary());
    scanner.feed(": half", [](std::string_view) {});
    EXPECT_FALSE(scanner.at_boundary());
}

TEST(SseScanner, TakesALineFeedAfterACarriageReturnAsOneEnd) {
    SseScanner scanner;
    const auto ignore = [](std::string_view) {};
    EXPECT_EQ(scanner.feed("data: 1\r\n\r", ignore), 10U);
    EXPECT_EQ(scanner.feed("\n", ignore), 1U);
    EXPECT_TRUE(scanner.at_boundary());
}

TEST(SseScanner, NoticesEventIds) {
    SseScanner scanner;
    scanner.feed("data: 1\n\nid:\ndata:\n\n", [](std::string_view) {});
    EXPECT_FALSE(scanner.saw_id());
    scanner.feed("id: 5\ndata:\n\n", [](std::string_view) {});
    EXPECT_TRUE(scanner.saw_id());
}

TEST(SseScanner, ReportsAnOverlongEventWithoutItsData) {
    SseScanner scanner;
    std::vector<std::size_t> sizes;
    const auto keep = [&](std::string_view data) { sizes.push_back(data.size()); };
    scanner.feed("data: ", keep);
    const std::string block(100'000, 'x');
    for (int i = 0; i < 20; ++i) {
        scanner.feed(block, keep);
    }
    scanner.feed("\n\ndata: y\n\n", keep);
    EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 1}));
}

TEST(ReadOutcome, ReadsResultsAndErrors) {
    auto outcome =
        read_outcome(R"({"jsonrpc":"2.0","id":1,"result":{"content":[{}],"isError":true}})");
    EXPECT_TRUE(outcome.is_response);
    EXPECT_EQ(outcome.is_error, true);
    EXPECT_FALSE(outcome.rpc_code.has_value());
    outcome =
        read_outcome(R"({"jsonrpc":"2.0","id":1,"error":{"message":"m","code":-32602,"data":{}}})");
    EXPECT_TRUE(outcome.is_response);
    EXPECT_EQ(outcome.rpc_code, -32602);
    outcome =
        read_outcome(R"({"id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{}}})");
    EXPECT_EQ(outcome.protocol_version, "2025-06-18");
}

TEST(ReadOutcome, SaysNothingOfOtherMessages) {
    for (const std::string_view text :
         {"", "{", "[]", "<html>",
          R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})"}) {
        EXPECT_FALSE(read_outcome(text).is_response) << text;
    }
}

}  // namespace
}  // namespace gatehouse::mcp
