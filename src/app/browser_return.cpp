// SPDX-License-Identifier: Apache-2.0
#include "app/browser_return.h"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "net/listener.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace gatehouse::app {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kPath = "/callback";
constexpr std::size_t kMaxHead = 64U << 10U;
// A connection that a browser opened in advance says nothing.
constexpr milliseconds kSilence{2000};
constexpr std::string_view kPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>gatehouse</title>"
    "<p>You may close this page and go back to the command line.</p></html>";

bool wait_for(int fd, milliseconds limit) {
    pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, static_cast<int>(limit.count())) > 0;
}

/// The first line of a request, or nothing.
std::string read_request_line(int fd) {
    std::string head;
    std::array<char, 4096> buffer{};
    while (!head.contains("\r\n\r\n") && head.size() < kMaxHead && wait_for(fd, kSilence)) {
        const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            break;
        }
        head.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return head.substr(0, head.find("\r\n"));
}

void answer(int fd, std::string_view status, std::string_view body) {
    std::string text = "HTTP/1.1 ";
    text += status;
    text +=
        "\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
        "Cache-Control: no-store\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n";
    text += body;
    (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

/// The query of `GET /callback?… HTTP/1.1`.
std::optional<std::string> query_of(std::string_view line) {
    const std::string start = "GET " + std::string(kPath) + "?";
    const auto end = line.rfind(' ');
    if (!line.starts_with(start) || end == std::string_view::npos || end < start.size()) {
        return std::nullopt;
    }
    return std::string(line.substr(start.size(), end - start.size()));
}

class LoopbackReturn final : public cli::BrowserReturn {
  public:
    explicit LoopbackReturn(net::Socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] std::string redirect_uri() const override {
        return "http://127.0.0.1:" + std::to_string(net::local_endpoint(socket_).port) +
               std::string(kPath);
    }

    [[nodiscard]] Result<std::string> wait(std::chrono::seconds limit) override {
        const SystemClock clock;
        const SteadyTime end = clock.steady_now() + limit;
        for (auto left = limit + milliseconds(0); left.count() > 0;
             left = std::chrono::ceil<milliseconds>(end - clock.steady_now())) {
            if (!wait_for(socket_.fd(), left)) {
                continue;
            }
            const net::Socket visitor(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!visitor.valid()) {
                continue;
            }
            if (auto query = query_of(read_request_line(visitor.fd()))) {
                answer(visitor.fd(), "200 OK", kPage);
                return *std::move(query);
            }
            answer(visitor.fd(), "404 Not Found", "");
        }
        return fail(ErrorCode::kTimeout, "nobody signed in in time");
    }

  private:
    net::Socket socket_;
};

}  // namespace

Result<std::unique_ptr<cli::BrowserReturn>> expect_browser() {
    auto sockets = net::listen_on("127.0.0.1", 0, 1);
    if (!sockets) {
        return std::unexpected(sockets.error());
    }
    return std::make_unique<LoopbackReturn>(std::move(sockets->front()));
}

bool open_browser(const std::string& url) {
    std::string program = "xdg-open";
    std::string address = url;
    std::array<char*, 3> arguments{program.data(), address.data(), nullptr};
    pid_t child = 0;
    return ::posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ) ==
           0;
}

}  // namespace gatehouse::app
