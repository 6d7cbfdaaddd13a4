// SPDX-License-Identifier: Apache-2.0
// uses: http
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/internal/http2_connection.h"
#include "http/internal/server_context.h"
#include "net/event_loop.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::http;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// Stands still but when told, so that every run is the same.
class StillClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return {}; }

    [[nodiscard]] SteadyTime steady_now() const override { return now_; }

    void advance(std::chrono::seconds time) { now_ += time; }

  private:
    SteadyTime now_ = SteadyTime{} + std::chrono::hours{1};
};

/// What comes after the handshake, without a socket. Takes a bounded number of bytes at once.
class MemoryTransport final : public Transport {
  public:
    MemoryTransport(std::string_view bytes, std::size_t step)
        : Transport(Privacy::kPlain), bytes_(bytes), step_(step) {}

    [[nodiscard]] int fd() const override { return -1; }

    [[nodiscard]] IoOutcome read(std::span<char> into) override {
        if (bytes_.empty()) {
            return {.status = IoOutcome::Status::kWouldBlock};
        }
        const auto count = std::min({into.size(), bytes_.size(), step_});
        std::ranges::copy(bytes_.substr(0, count), into.begin());
        bytes_.remove_prefix(count);
        return {.bytes = count};
    }

    [[nodiscard]] IoOutcome write(std::span<const std::string_view> parts) override {
        std::size_t size = 0;
        for (const auto part : parts) {
            size += part.size();
        }
        // Every second time the socket is full.
        full_ = !full_;
        return full_ ? IoOutcome{.status = IoOutcome::Status::kWouldBlock}
                     : IoOutcome{.bytes = std::min(size, std::size_t{5000})};
    }

    void shutdown_write() override {}

    void reset_on_close() override {}

  private:
    std::string_view bytes_;
    const std::size_t step_;
    bool full_ = false;
};

/// Answers some requests at once, some in pieces, some later, some never, and checks what it is
/// given.
class FuzzApplication final : public Application {
  public:
    HeadVerdict on_head(Exchange& exchange) override {
        check(exchange.head());
        if (exchange.head().path.contains("refuse")) {
            return {.proceed = false, .refusal = text_response(401, "no")};
        }
        return {.max_body = 4096};
    }

    void on_request(Exchange& exchange) override {
        require(exchange.body().size() <= 4096);
        const auto& head = exchange.head();
        require(head.content_length < 0 ||
                std::cmp_equal(head.content_length, exchange.body().size()));
        switch (head.path.size() % 4) {
            case 0:
                exchange.respond(text_response(200, std::string(exchange.body())));
                return;
            case 1:
                exchange.start({.status = 200, .content_length = -1}, std::string(70'000, 'x'));
                break;
            case 2:
                exchange.abort();
                return;
            default:
                break;
        }
        exchange.retain();
        open_.push_back(&exchange);
        exchange.on_closed = [this, &exchange] { std::erase(open_, &exchange); };
        exchange.on_drained = [&exchange] { (void)exchange.write("more"); };
    }

    /// What was parked goes on.
    void go_on() {
        for (auto* const exchange : std::exchange(open_, {})) {
            if (!exchange->head().method.empty()) {
                check(exchange->head());
            }
            exchange->on_closed = nullptr;
            exchange->on_drained = nullptr;
            if (exchange->head().path.size() % 4 == 1) {
                (void)exchange->write("end");
                exchange->finish();
            } else {
                exchange->respond(text_response(200, "late"));
            }
        }
    }

  private:
    static void check(const RequestHead& head) {
        require(!head.method.empty() && head.method != "CONNECT");
        require(head.path == "*" || head.path.starts_with('/'));
        require(is_host(head.host));
        require(head.headers.size() <= kMaxFields + 1);
        for (const auto& field : head.headers) {
            require(!field.name.empty() && !field.name.starts_with(':'));
            for (const char c : field.name) {
                require(c > 0x20 && c < 0x7f && !(c >= 'A' && c <= 'Z'));
            }
            for (const char c : field.value) {
                require((static_cast<std::uint8_t>(c) >= 0x20 && c != 0x7f) || c == '\t');
            }
            require(field.id != HeaderId::kConnection && field.id != HeaderId::kTransferEncoding);
        }
    }

    std::vector<Exchange*> open_;
};

}  // namespace

/// The first byte says how the rest is cut and whether time passes; then comes what a client sends
/// after the handshake. The preface is added, so that the frames are what is searched.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    static StillClock clock;
    static const auto loop = *net::EventLoop::create(clock);
    const auto mode = data[0];
    std::string bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    bytes += std::string_view("\0\0\0\4\0\0\0\0\0", 9);
    bytes.append(reinterpret_cast<const char*>(data + 1), size - 1);
    FuzzApplication application;
    {
        ServerContext context(*loop, application,
                              {.max_header_bytes = 4096, .max_connections = 50});
        auto made = std::make_unique<internal::Http2Connection>(
            context, std::make_unique<MemoryTransport>(bytes, (mode & 1U) != 0 ? 7 : 4096),
            "192.0.2.1");
        auto& connection = *made;
        context.adopt(std::move(made));
        for (int i = 0; i < 8 && context.connections() > 0; ++i) {
            connection.on_io({.readable = true, .writable = true});
            loop->run_once(std::chrono::milliseconds{0});
            application.go_on();
            if ((mode & 2U) != 0) {
                clock.advance(std::chrono::seconds{20});
            }
            if ((mode & 4U) != 0 && i == 4) {
                context.drain(std::chrono::seconds{1}, [] {});
            }
        }
    }
    loop->run_once(std::chrono::milliseconds{0});
    return 0;
}
