// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "http/server.h"
#include "net/event_loop.h"
#include "net/listener.h"
#include "support/fake_clock.h"
#include "support/loop_peer.h"
#include "support/test_application.h"

namespace gatehouse::test {

/// A server on a loop that the test's own thread turns, with a clock that the test moves.
class ServerFixture : public testing::Test {
  protected:
    explicit ServerFixture(http::ServerOptions options = {}) { start(std::move(options)); }

    void start(http::ServerOptions options) {
        server_ = std::make_unique<http::Server>(*loop_, application_, std::move(options));
        auto sockets = net::listen_on("127.0.0.1", 0, 1);
        port_ = net::local_endpoint(sockets->front()).port;
        EXPECT_TRUE(server_->listen(std::move(sockets->front())));
    }

    LoopPeer connect() { return LoopPeer::connect(*loop_, port_); }

    /// What the server answers to `request`, up to the end of the connection.
    std::string ask_once(const std::string& request) {
        auto peer = connect();
        peer.send(request);
        return peer.read_to_end();
    }

    void pass(std::chrono::milliseconds time) {
        // In steps: a periodic sweep must find its own time again.
        for (auto left = time; left > std::chrono::milliseconds{0}; left -= 1s) {
            clock_.advance(std::min<std::chrono::milliseconds>(left, 1s));
            loop_->run_once(0ms);
        }
        settle(*loop_);
    }

    FakeClock clock_;
    std::unique_ptr<net::EventLoop> loop_ = *net::EventLoop::create(clock_);
    TestApplication application_;
    std::unique_ptr<http::Server> server_;
    std::uint16_t port_ = 0;
};

}  // namespace gatehouse::test
