// SPDX-License-Identifier: Apache-2.0
// bench_soak_runtime PORT: an MCP runtime whose answers follow from the call and from who made it,
// some of them in pieces. It refuses, with 500, what the gateway must never send: a call without a
// person, or one person's downstream token with another's name.
#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http_message.h"
#include "soak_protocol.h"
#include "sockets.h"

namespace gatehouse::bench {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kNoticeEvery = 500 * kMillisecond;

constexpr std::string_view kEventsHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

std::string json_head(std::size_t size) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", size);
}

std::string initialize_answer() {
    constexpr std::string_view kBody =
        R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18",)"
        R"("capabilities":{"tools":{}},"serverInfo":{"name":"soak","version":"1"}}})";
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Mcp-Session-Id: 0123456789abcdef0123456789abcdef\r\nContent-Length: {}\r\n\r\n{}",
        kBody.size(), kBody);
}

/// Bytes that are due at a moment, on a connection that may be gone by then.
struct Due {
    std::uint64_t at = 0;
    std::uint64_t order = 0;
    int descriptor = -1;
    std::uint64_t connection = 0;
    std::string bytes;
    std::uint64_t notice = 0;  ///< the stream's event after these, if it is a stream
    std::string email;

    bool operator>(const Due& other) const {
        return at != other.at ? at > other.at : order > other.order;
    }
};

class Runtime {
  public:
    explicit Runtime(std::uint16_t port) : listener_(listen_on(port)) {
        epoll_.add(listener_.get(), Epoll::Trigger::kLevel);
    }

    [[noreturn]] void serve() {
        for (;;) {
            for (const int descriptor : epoll_.wait(wait())) {
                if (descriptor == listener_.get()) {
                    accept();
                } else {
                    read(descriptor);
                }
            }
            send_what_is_due();
        }
    }

  private:
    struct Connection {
        Descriptor descriptor;
        std::uint64_t id = 0;
        std::string rest;  ///< of an incomplete request
    };

    [[nodiscard]] std::uint64_t wait() const {
        if (due_.empty()) {
            return kForever;
        }
        const auto now = now_ns();
        return due_.top().at > now ? due_.top().at - now : 0;
    }

    void accept() {
        auto accepted = accept_from(listener_);
        if (accepted.get() >= 0) {
            const int descriptor = accepted.get();
            epoll_.add(descriptor, Epoll::Trigger::kLevel);
            connections_[descriptor] = {
                .descriptor = std::move(accepted), .id = ++last_connection_, .rest = {}};
        }
    }

    void read(int descriptor) {
        Connection& connection = connections_.at(descriptor);
        const auto arrived = receive(descriptor);
        if (arrived.state == Arrived::State::kClosed) {
            connections_.erase(descriptor);
            return;
        }
        connection.rest += arrived.bytes;
        while (const auto request = read_message(connection.rest)) {
            const auto whole = std::string_view(connection.rest).substr(0, request->size);
            answer(connection, *request, whole);
            connection.rest.erase(0, request->size);
        }
    }

    /// The person's name in lower-case, empty if this request must not have come.
    std::string person_of(std::string_view request) {
        const auto head = request.substr(0, request.find("\r\n\r\n") + 2);
        std::string lower(head);
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        });
        std::string email(between(lower, "\r\nx-gateway-email: ", "\r\n"));
        const auto token = between(lower, "\r\nx-gateway-access-token: ", "\r\n");
        const bool without_secret = between(lower, "\r\nx-gateway-worker-secret: ", "\r\n").empty();
        const bool with_clients_token = lower.find("\r\nauthorization:") != std::string::npos;
        if (email.empty() || token.empty() || without_secret || with_clients_token) {
            return {};
        }
        const auto known = tokens_.try_emplace(email, token).first;
        return known->second == token ? email : std::string();
    }

    void answer(const Connection& to, const Message& request, std::string_view whole) {
        const std::string email = person_of(whole);
        if (email.empty()) {
            send(to, "HTTP/1.1 500 Wrong Request\r\nContent-Length: 0\r\n\r\n");
        } else if (request.start_line.starts_with("GET ")) {
            send(to, kEventsHead);
            plan({.at = now_ns(),
                  .descriptor = to.descriptor.get(),
                  .connection = to.id,
                  .bytes = as_chunk(as_event(notice_of(0, email))),
                  .notice = 1,
                  .email = email});
        } else if (request.body.find(R"("method":"tools/call")") != std::string_view::npos) {
            answer_call(to, request.body, email);
        } else if (request.body.find(R"("method":"initialize")") != std::string_view::npos) {
            send(to, initialize_answer());
        } else {
            send(to, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        }
    }

    void answer_call(const Connection& to, std::string_view body, const std::string& email) {
        const auto call = number(between(body, R"("id":)", ","));
        const auto tool = between(body, R"("name":")", R"(")");
        const std::string result = result_of(call, email);
        if (tool == kTools[static_cast<std::size_t>(Kind::kQuick)]) {
            send(to, json_head(result.size()) + result);
        } else if (tool == kTools[static_cast<std::size_t>(Kind::kSlow)]) {
            const auto half = result.size() / 2;
            send(to, json_head(result.size()) + result.substr(0, half));
            plan(to, result.substr(half), pause());
        } else {
            send(to, kEventsHead);
            const auto second = pause();
            plan(to, as_chunk(as_event(progress_of(call, 0))), 0);
            plan(to, as_chunk(as_event(progress_of(call, 1))), second);
            plan(to, as_chunk(as_event(result)) + "0\r\n\r\n", second + pause());
        }
    }

    std::uint64_t pause() { return pauses_(random_) * kMillisecond; }

    void plan(const Connection& to, std::string bytes, std::uint64_t after) {
        plan({.at = now_ns() + after,
              .descriptor = to.descriptor.get(),
              .connection = to.id,
              .bytes = std::move(bytes),
              .email = {}});
    }

    void plan(Due due) {
        due.order = ++last_order_;
        due_.push(std::move(due));
    }

    void send_what_is_due() {
        const auto now = now_ns();
        while (!due_.empty() && due_.top().at <= now) {
            Due due = due_.top();
            due_.pop();
            const auto connection = connections_.find(due.descriptor);
            if (connection == connections_.end() || connection->second.id != due.connection) {
                continue;
            }
            send(connection->second, due.bytes);
            if (due.notice != 0) {
                due.bytes = as_chunk(as_event(notice_of(due.notice, due.email)));
                ++due.notice;
                due.at = now + kNoticeEvery;
                plan(std::move(due));
            }
        }
    }

    static void send(const Connection& to, std::string_view bytes) {
        send_all(to.descriptor.get(), bytes);
    }

    Descriptor listener_;
    Epoll epoll_;
    std::unordered_map<int, Connection> connections_;
    std::uint64_t last_connection_ = 0, last_order_ = 0;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::unordered_map<std::string, std::string> tokens_;  ///< by person
    std::mt19937_64 random_{7};
    std::uniform_int_distribution<std::uint64_t> pauses_{2, 40};
};

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
    using namespace gatehouse::bench;
    if (argc != 2) {
        die("usage: bench_soak_runtime PORT");
    }
    Runtime(port_number(argv[1])).serve();
}
