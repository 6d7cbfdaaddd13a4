// SPDX-License-Identifier: Apache-2.0
#include "http/chunked_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gatehouse::http {
namespace {

constexpr std::string_view kCoded =
    "4\r\nWiki\r\n6;x=\"y\"\r\npedia \r\n00A\r\nin chunks.\r\n0\r\nX-Trailer: v\r\n\r\n";

struct Decoded {
    std::string body;
    std::size_t consumed = 0;
    bool done = false, failed = false;
};

/// Feeds pieces of `step` bytes.
Decoded decode(std::string text, std::size_t step) {
    ChunkedDecoder decoder;
    Decoded result;
    while (result.consumed < text.size() && !decoder.done() && !decoder.failed()) {
        const auto size = std::min(step, text.size() - result.consumed);
        const auto outcome = decoder.decode({text.data() + result.consumed, size});
        result.body.append(text.data() + result.consumed, outcome.produced);
        result.consumed += outcome.consumed;
    }
    result.done = decoder.done();
    result.failed = decoder.failed();
    return result;
}

TEST(ChunkedDecoderTest, DecodesPiecesOfAnySize) {
    for (std::size_t step = 1; step <= kCoded.size(); ++step) {
        const auto result = decode(std::string(kCoded), step);
        EXPECT_EQ(result.body, "Wikipedia in chunks.") << step;
        EXPECT_TRUE(result.done);
        EXPECT_EQ(result.consumed, kCoded.size());
    }
}

TEST(ChunkedDecoderTest, StopsAtTheEnd) {
    const auto result = decode("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n", 1000);
    EXPECT_EQ(result.body, "a");
    EXPECT_EQ(result.consumed, 11U);
}

TEST(ChunkedDecoderTest, RefusesLooseFraming) {
    for (const std::string text :
         {"\r\n", "x\r\n", "-1\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "1\na\n",
          "1\r\nab\r\n", "1\r\na\n", "1;\n\r\na\r\n", "0\r\n\n", "0\r\nX: \x01\r\n\r\n",
          "fffffffffffffffff\r\n"}) {
        EXPECT_TRUE(decode(text, 1000).failed) << text;
        EXPECT_TRUE(decode(text, 1).failed) << text;
    }
}

TEST(ChunkedDecoderTest, BoundsWhatIsNoBody) {
    const std::string much(20'000, 'x');
    EXPECT_TRUE(decode("1;" + much, 1000).failed);
    EXPECT_TRUE(decode("0\r\nX: " + much, 1000).failed);
    EXPECT_TRUE(decode(std::string(20'000, '0'), 1000).failed);
}

}  // namespace
}  // namespace gatehouse::http
