// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "http/client.h"

namespace gatehouse::test {

/// An MCP runtime behind a FakeHttpClient: set the members, then hand `handler()` to the client.
struct FakeRuntime {
    bool modern = true, legacy = true;
    bool streams = false;         ///< answers as events
    std::string session = "s-1";  ///< of the legacy era; empty: none
    int list_status = 200;        ///< of tools/list
    int status = 200;             ///< of everything
    std::vector<std::string> tools{R"({"name":"add","description":"Adds.","inputSchema":{}})"};
    std::size_t page_size = 100;
    std::vector<http::ClientRequest> requests;

    std::function<Result<http::ClientResponse>(const http::ClientRequest&)> handler() {
        return [this](const http::ClientRequest& request) { return answer(request); };
    }

    Result<http::ClientResponse> answer(const http::ClientRequest& request) {
        requests.push_back(request);
        if (status != 200) {
            return http::ClientResponse{.status = status};
        }
        if (request.method != "POST") {
            return http::ClientResponse{.status = request.method == "DELETE" ? 204 : 405};
        }
        const auto message = json::parse_object(request.body).value();
        const auto method = json::get_string(message, "method").value();
        if (method == "tools/list" && list_status != 200) {
            return http::ClientResponse{.status = list_status};
        }
        if (!message.contains("id")) {
            return http::ClientResponse{.status = 202};
        }
        auto response = wrap(json::dump(message.at("id")), result_of(method, message));
        if (method == "initialize" && !session.empty()) {
            response.headers.add("Mcp-Session-Id", session);
        }
        return response;
    }

    [[nodiscard]] std::string result_of(const std::string& method,
                                        const json::Object& message) const {
        const std::string info = R"("serverInfo":{"name":"fake","version":"7"},"capabilities":{})";
        if (method == "server/discover" && modern) {
            return R"("result":{"supportedVersions":["2026-07-28"],)" + info + "}";
        }
        if (method == "initialize" && legacy) {
            return R"("result":{"protocolVersion":"2025-06-18",)" + info + "}";
        }
        if (method == "tools/list") {
            return list(message);
        }
        return R"("error":{"code":-32601,"message":"Method not found"})";
    }

    [[nodiscard]] std::string list(const json::Object& message) const {
        const auto cursor = json::get_string(message.at("params").as_object(), "cursor");
        std::size_t at = cursor ? std::stoul(*cursor) : 0;
        std::string text = R"("result":{"tools":[)";
        const std::size_t end = std::min(at + page_size, tools.size());
        for (; at < end; ++at) {
            text += (text.ends_with('[') ? "" : ",") + tools[at];
        }
        text += "]";
        if (end < tools.size()) {
            text += R"(,"nextCursor":")" + std::to_string(end) + "\"";
        }
        return text + "}";
    }

    [[nodiscard]] http::ClientResponse wrap(const std::string& id, const std::string& rest) const {
        const std::string body = R"({"jsonrpc":"2.0","id":)" + id + "," + rest + "}";
        if (!streams) {
            return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = body};
        }
        return {.status = 200,
                .headers = {{"Content-Type", "text/event-stream"}},
                .body = ": hello\r\n\r\nevent: message\r\ndata: " + body + "\r\n\r\n"};
    }
};

}  // namespace gatehouse::test
