// SPDX-License-Identifier: Apache-2.0
#include "http/dispatch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>

#include "support/server_fixture.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;

/// Holds a handler until the test opens it.
struct Gate {
    std::promise<void> entered, opened;
    std::shared_future<void> open = opened.get_future().share();
};

class ControlDispatcherTest : public test::ServerFixture {
  protected:
    ControlDispatcherTest() {
        router_.add("GET", "/echo", WorkClass::kQuick, [](const Request& request) {
            return text_response(200, request.method + " " + request.path + "?" + request.query +
                                          " " + request.client_ip + " " + request.origin + " " +
                                          std::string(request.headers.get("X-A").value_or("-")));
        });
        router_.add("POST", "/echo", WorkClass::kSlow,
                    [](const Request& request) { return text_response(200, request.body); });
        router_.add("GET", "/throw", WorkClass::kPassword,
                    [](const Request&) -> Response { throw std::runtime_error("inner detail"); });
        router_.add("GET", "/throw-odd", WorkClass::kQuick,
                    [](const Request&) -> Response { throw 7; });
        router_.add("GET", "/gate", WorkClass::kSlow, [this](const Request&) {
            gate_.entered.set_value();
            gate_.open.wait();
            ++finished_;
            return text_response(200, "opened");
        });
        application_.serve = [this](Exchange& exchange) {
            dispatcher_->dispatch(exchange, {.request_id = "req-1", .origin = "https://gw"});
        };
    }

    ~ControlDispatcherTest() override {
        quick_.stop(10s);
        slow_.stop(10s);
    }

    std::string ask(const std::string& line, const std::string& rest = "\r\n") {
        auto peer = connect();
        peer.send(line + " HTTP/1.1\r\nHost: gw\r\n" + rest);
        return peer.read_response();
    }

    Gate gate_;
    std::atomic<int> finished_ = 0;
    Router router_;
    net::WorkerPool quick_{{.name = "quick"}};
    net::WorkerPool slow_{{.name = "slow", .threads = 1, .max_queue = 1}};
    std::unique_ptr<ControlDispatcher> dispatcher_ = std::make_unique<ControlDispatcher>(
        *loop_, router_, WorkPools{.quick = quick_, .slow = slow_, .password = quick_});
};

TEST_F(ControlDispatcherTest, GivesTheHandlerTheWholeRequest) {
    const auto answer = ask("GET /echo?a=b", "X-A: c\r\n\r\n");
    EXPECT_TRUE(answer.contains("200 OK"));
    EXPECT_TRUE(answer.contains("X-Request-Id: req-1\r\n"));
    EXPECT_TRUE(answer.ends_with("GET /echo?a=b 127.0.0.1 https://gw c"));
    EXPECT_TRUE(ask("POST /echo", "Content-Length: 4\r\n\r\nbody").ends_with("\r\n\r\nbody"));
}

TEST_F(ControlDispatcherTest, AnswersHeadWithoutABody) {
    auto peer = connect();
    peer.send("HEAD /echo HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n");
    const auto answer = peer.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ControlDispatcherTest, KnowsItsPaths) {
    EXPECT_TRUE(dispatcher_->knows("/echo"));
    EXPECT_FALSE(dispatcher_->knows("/nothing"));
    EXPECT_TRUE(ask("GET /nothing").starts_with("HTTP/1.1 404 "));
    const auto answer = ask("PUT /gate");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 "));
    EXPECT_TRUE(answer.contains("Allow: "));
}

TEST_F(ControlDispatcherTest, TurnsExceptionsIntoA500ThatTellsNothing) {
    for (const auto* path : {"GET /throw", "GET /throw-odd"}) {
        const auto answer = ask(path);
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 "));
        EXPECT_TRUE(answer.ends_with("Internal error. Request req-1\n"));
        EXPECT_FALSE(answer.contains("inner"));
    }
}

TEST_F(ControlDispatcherTest, RefusesWorkThatItCannotQueue) {
    auto running = connect();
    running.send("GET /gate HTTP/1.1\r\nHost: gw\r\n\r\n");
    auto entered = gate_.entered.get_future();
    ASSERT_TRUE(test::turn_until(
        *loop_, [&] { return entered.wait_for(0s) == std::future_status::ready; }));
    auto queued = connect();
    queued.send("POST /echo HTTP/1.1\r\nHost: gw\r\nContent-Length: 1\r\n\r\nq");
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return slow_.queued() == 1; }));
    const auto refused = ask("POST /echo", "Content-Length: 1\r\n\r\nr");
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 "));
    EXPECT_TRUE(refused.contains("Retry-After: 1\r\n"));
    EXPECT_TRUE(ask("GET /echo").starts_with("HTTP/1.1 200 "));
    gate_.opened.set_value();
    EXPECT_TRUE(running.read_response().ends_with("opened"));
    EXPECT_TRUE(queued.read_response().ends_with("q"));
}

TEST_F(ControlDispatcherTest, SurvivesClientsThatLeave) {
    auto peer = connect();
    peer.send("GET /gate HTTP/1.1\r\nHost: gw\r\n\r\n");
    auto entered = gate_.entered.get_future();
    ASSERT_TRUE(test::turn_until(
        *loop_, [&] { return entered.wait_for(0s) == std::future_status::ready; }));
    peer.close();
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return server_->connections() == 0; }));
    gate_.opened.set_value();
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return finished_ == 1; }));
    test::settle(*loop_);
    EXPECT_TRUE(ask("GET /echo").starts_with("HTTP/1.1 200 "));
}

TEST_F(ControlDispatcherTest, AnswersAfterItsEndAreDropped) {
    auto peer = connect();
    peer.send("GET /gate HTTP/1.1\r\nHost: gw\r\n\r\n");
    auto entered = gate_.entered.get_future();
    ASSERT_TRUE(test::turn_until(
        *loop_, [&] { return entered.wait_for(0s) == std::future_status::ready; }));
    dispatcher_.reset();
    gate_.opened.set_value();
    slow_.stop(10s);
    test::settle(*loop_);
    EXPECT_EQ(peer.received(), "");
}

}  // namespace
}  // namespace gatehouse::http
