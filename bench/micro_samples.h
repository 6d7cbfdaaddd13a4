// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What a real client sends and a real runtime answers, for all micro-benchmarks.
namespace gatehouse::bench {

inline constexpr std::string_view kOrigin = "http://127.0.0.1:8080";
inline constexpr std::string_view kMcpUrl = "http://127.0.0.1:8080/bench/mcp";

/// A tools/call of at least `size` bytes; most of it in one argument. kPadding bytes follow it.
[[nodiscard]] inline std::string call_body(std::size_t size) {
    std::string body =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_weather",)"
        R"("arguments":{"city":"Paris","units":"metric","days":3,"note":")";
    constexpr std::string_view kEnd = R"("},"_meta":{"progressToken":"abc-123"}}})";
    while (body.size() + kEnd.size() < size) {
        body += "a short plain answer ";
    }
    body += kEnd;
    body.reserve(body.size() + 64);
    return body;
}

[[nodiscard]] inline std::string call_head(std::string_view token) {
    std::string head =
        "POST /bench/mcp HTTP/1.1\r\n"
        "Host: 127.0.0.1:8080\r\n"
        "Authorization: Bearer ";
    head += token;
    head +=
        "\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\n"
        "MCP-Protocol-Version: 2025-06-18\r\n"
        "User-Agent: bench/1.0\r\n"
        "Content-Length: 300\r\n\r\n";
    return head;
}

[[nodiscard]] inline std::string result_body() {
    std::string text = R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":")";
    while (text.size() < 560) {
        text += "Sunny, 21 degrees in Paris. ";
    }
    return text + R"("}],"isError":false}})";
}

}  // namespace gatehouse::bench
