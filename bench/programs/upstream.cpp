// SPDX-License-Identifier: Apache-2.0
// bench_upstream PORT: an MCP runtime that costs next to nothing. A tool call gets a result of 600
// bytes, `tools/list` 200 tools, `initialize` a session, a GET a stream with one event.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "http_message.h"
#include "sockets.h"

namespace gatehouse::bench {
namespace {

std::string json_answer(std::string_view fields, std::string_view body) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
        fields, body.size(), body);
}

std::string result_body() {
    std::string text;
    while (text.size() < 490) {
        text += "Sunny, 21 degrees in Paris. ";
    }
    return R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":")" + text +
           R"("}],"isError":false}})";
}

/// Tools like those that people write; every other one is called internal_….
std::string list_body() {
    std::string tools;
    for (int i = 0; i < 200; ++i) {
        tools += fmt::format(
            R"({}{{"name":"{}_{:03}","title":"Number {}","description":"Gives what is known about )"
            R"(the matter, with its sources, newest first. Call it once for each matter.",)"
            R"("inputSchema":{{"type":"object","properties":{{"id":{{"type":"string"}},)"
            R"("limit":{{"type":"integer","minimum":1,"maximum":100}}}},"required":["id"]}},)"
            R"("annotations":{{"readOnlyHint":true}}}})",
            i == 0 ? "" : ",", i % 2 == 0 ? "get_fact" : "internal_fact", i, i);
    }
    return R"({"jsonrpc":"2.0","id":1,"result":{"tools":[)" + tools + "]}}";
}

struct Answers {
    std::string call = json_answer("Cache-Control: no-cache\r\n", result_body());
    std::string list = json_answer("", list_body());
    std::string initialize =
        json_answer("Mcp-Session-Id: 0123456789abcdef0123456789abcdef\r\n",
                    R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18",)"
                    R"("capabilities":{"tools":{}},"serverInfo":{"name":"bench","version":"1"}}})");
    std::string accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
    std::string stream = [] {
        const std::string event = fmt::format("event: message\ndata: {}\n\n", result_body());
        return fmt::format(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
            "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n",
            event.size(), event);
    }();

    [[nodiscard]] const std::string& to(const Message& request) const {
        if (request.start_line.starts_with("GET ")) {
            return stream;
        }
        if (request.body.find(R"("method":"tools/call")") != std::string_view::npos) {
            return call;
        }
        if (request.body.find(R"("method":"tools/list")") != std::string_view::npos) {
            return list;
        }
        return request.body.find(R"("method":"initialize")") != std::string_view::npos ? initialize
                                                                                       : accepted;
    }
};

class Upstream {
  public:
    explicit Upstream(std::uint16_t port) : listener_(listen_on(port)) {
        epoll_.add(listener_.get(), Epoll::Trigger::kLevel);
    }

    [[noreturn]] void serve() {
        for (;;) {
            for (const int descriptor : epoll_.wait(kForever)) {
                if (descriptor == listener_.get()) {
                    accept();
                } else {
                    read(descriptor);
                }
            }
        }
    }

  private:
    struct Connection {
        Descriptor descriptor;
        std::string rest;  ///< of an incomplete request
    };

    void accept() {
        auto accepted = accept_from(listener_);
        if (accepted.get() >= 0) {
            const int descriptor = accepted.get();
            epoll_.add(descriptor, Epoll::Trigger::kLevel);
            connections_[descriptor] = {.descriptor = std::move(accepted), .rest = {}};
        }
    }

    void read(int descriptor) {
        Connection& connection = connections_.at(descriptor);
        const auto arrived = receive(descriptor);
        if (arrived.state == Arrived::State::kClosed) {
            connections_.erase(descriptor);
            return;
        }
        std::string_view bytes = arrived.bytes;
        std::string joined;
        if (!connection.rest.empty()) {
            joined = std::exchange(connection.rest, {});
            joined += bytes;
            bytes = joined;
        }
        while (const auto request = read_message(bytes)) {
            send_all(descriptor, answers_.to(*request));
            bytes.remove_prefix(request->size);
        }
        connection.rest = bytes;
    }

    Answers answers_;
    Descriptor listener_;
    Epoll epoll_;
    std::unordered_map<int, Connection> connections_;
};

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
    using namespace gatehouse::bench;
    if (argc != 2) {
        die("usage: bench_upstream PORT");
    }
    Upstream(port_number(argv[1])).serve();
}
