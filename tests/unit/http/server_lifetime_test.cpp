// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "http/server.h"
#include "support/server_fixture.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: gw\r\n\r\n";

/// Streams, slow and vanishing peers, deadlines and the end of the server.
class ServerLifetimeTest : public test::ServerFixture {
  protected:
    // What is still open then reports to members of this class.
    ~ServerLifetimeTest() override { server_.reset(); }

    /// Parks requests in `open_` and counts their early ends.
    void park() {
        application_.serve = [this](Exchange& exchange) {
            open_ = &exchange;
            exchange.on_closed = [this] {
                ++closed_;
                open_ = nullptr;
            };
        };
    }

    test::LoopPeer open_stream(const std::string& request = kGet) {
        park();
        auto peer = connect();
        peer.send(request);
        EXPECT_TRUE(test::turn_until(*loop_, [&] { return open_ != nullptr; }));
        open_->start({.status = 200, .headers = {}}, "");
        return peer;
    }

    Exchange* open_ = nullptr;
    int closed_ = 0;
};

TEST_F(ServerLifetimeTest, StreamsInChunks) {
    auto peer = open_stream();
    EXPECT_TRUE(peer.read_until("\r\n\r\n").contains("Transfer-Encoding: chunked\r\n"));
    EXPECT_EQ(open_->write("hello"), Exchange::WriteState::kOk);
    EXPECT_EQ(open_->write(""), Exchange::WriteState::kOk);
    EXPECT_EQ(open_->write(std::string(20, 'x')), Exchange::WriteState::kOk);
    open_->finish();
    EXPECT_EQ(peer.read_until("0\r\n\r\n"),
              "5\r\nhello\r\n14\r\n" + std::string(20, 'x') + "\r\n0\r\n\r\n");
    EXPECT_FALSE(peer.closed_now());
    open_ = nullptr;
    peer.send(kGet);
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return open_ != nullptr; }));
    EXPECT_EQ(closed_, 0);
}

TEST_F(ServerLifetimeTest, StreamsUpToTheLengthThatWasPromised) {
    park();
    auto peer = connect();
    peer.send(kGet);
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return open_ != nullptr; }));
    open_->start({.status = 200, .headers = {}, .content_length = 6}, "abc");
    (void)open_->write("def");
    open_->finish();
    EXPECT_TRUE(peer.read_response().ends_with("Content-Length: 6\r\n\r\nabcdef"));
    EXPECT_FALSE(peer.closed_now());
}

TEST_F(ServerLifetimeTest, CutsAMessageThatBreaksItsPromise) {
    for (const auto* body : {"abc", "abcdefg"}) {
        park();
        auto peer = connect();
        peer.send(kGet);
        ASSERT_TRUE(test::turn_until(*loop_, [&] { return open_ != nullptr; }));
        auto* const exchange = std::exchange(open_, nullptr);
        exchange->start({.status = 200, .headers = {}, .content_length = 6}, "");
        (void)exchange->write(body);
        exchange->finish();
        const auto answer = peer.read_to_end();
        EXPECT_LT(answer.size() - answer.find("\r\n\r\n") - 4, 6U);
    }
}

TEST_F(ServerLifetimeTest, StreamsToOldClientsUntilTheConnectionEnds) {
    auto peer = open_stream("GET / HTTP/1.0\r\n\r\n");
    (void)open_->write("hello");
    open_->finish();
    const auto answer = peer.read_to_end();
    EXPECT_TRUE(answer.ends_with("Connection: close\r\n\r\nhello"));
    EXPECT_FALSE(answer.contains("chunked"));
    EXPECT_FALSE(peer.was_reset());
}

TEST_F(ServerLifetimeTest, ResetsWhenOnlyTheEndWouldTellACut) {
    auto peer = open_stream("GET / HTTP/1.0\r\n\r\n");
    (void)peer.read_until("\r\n\r\n");
    open_->abort();
    (void)peer.read_to_end();
    EXPECT_TRUE(peer.was_reset());
}

TEST_F(ServerLifetimeTest, AbortLeavesChunksUnfinished) {
    auto peer = open_stream();
    (void)open_->write("hello");
    open_->abort();
    EXPECT_TRUE(peer.read_to_end().ends_with("5\r\nhello\r\n"));
    EXPECT_EQ(closed_, 0);
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ServerLifetimeTest, AbortWithoutAnAnswerJustCloses) {
    park();
    auto peer = connect();
    peer.send(kGet);
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return open_ != nullptr; }));
    open_->abort();
    EXPECT_EQ(peer.read_to_end(), "");
}

TEST_F(ServerLifetimeTest, HeadStreamHasNoBody) {
    auto peer = open_stream("HEAD / HTTP/1.1\r\nHost: gw\r\n\r\n");
    (void)open_->write("hello");
    open_->finish();
    EXPECT_FALSE(peer.read_until("\r\n\r\n").contains("Transfer-Encoding"));
    test::settle(*loop_);
    EXPECT_EQ(peer.received(), "");
}

TEST_F(ServerLifetimeTest, NoticesAPeerThatLeavesAnIdleStream) {
    auto peer = open_stream();
    peer.close();
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return closed_ == 1; }));
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ServerLifetimeTest, NoticesAPeerThatLeavesBeforeTheAnswer) {
    park();
    auto peer = connect();
    peer.send(kGet + kGet);
    peer.close();
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return closed_ == 1; }));
    EXPECT_EQ(application_.requests, 1);
}

TEST_F(ServerLifetimeTest, AnswersAtOnceAPeerThatEndedItsSide) {
    auto peer = connect();
    peer.send(kGet);
    peer.end_sending();
    EXPECT_TRUE(peer.read_to_end().ends_with("GET /a "));
}

TEST_F(ServerLifetimeTest, NoticesAPeerThatLeavesInsideABody) {
    application_.judge = [&](Exchange& exchange) {
        exchange.on_closed = [&] { ++closed_; };
        return HeadVerdict{.max_body = 100};
    };
    auto peer = connect();
    peer.send("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 10\r\n\r\nabc");
    test::settle(*loop_);
    peer.close();
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return closed_ == 1; }));
}

TEST_F(ServerLifetimeTest, WriteSaysWhenThePeerIsGone) {
    auto peer = open_stream();
    const auto* const exchange = open_;
    peer.close();
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return closed_ == 1; }));
    EXPECT_NE(exchange, nullptr);
    EXPECT_EQ(open_, nullptr);
}

// H62
TEST_F(ServerLifetimeTest, SlowReadersBoundTheirBuffer) {
    auto peer = open_stream();
    int drained = 0;
    open_->on_drained = [&] { ++drained; };
    const std::string block(32 * 1024, 'x');
    std::size_t written = 0;
    while (open_->write(block) == Exchange::WriteState::kOk) {
        written += block.size();
        loop_->run_once(0ms);
        ASSERT_LT(written, 64U << 20);
    }
    test::settle(*loop_);
    EXPECT_EQ(drained, 0);
    ASSERT_TRUE(test::turn_until(*loop_, [&] {
        peer.received().clear();
        return drained == 1;
    }));
    EXPECT_EQ(open_->write("more"), Exchange::WriteState::kOk);
    open_->finish();
    EXPECT_TRUE(peer.read_until("0\r\n\r\n").ends_with("4\r\nmore\r\n0\r\n\r\n"));
}

TEST_F(ServerLifetimeTest, PipelinedAnswersWaitForASlowReader) {
    application_.serve = [](Exchange& exchange) {
        exchange.respond(text_response(200, std::string(1 << 20, 'x')));
    };
    auto peer = connect();
    std::string many;
    for (int i = 0; i < 64; ++i) {
        many += kGet;
    }
    peer.send(many);
    test::settle(*loop_);
    EXPECT_LT(application_.requests, 16);
    for (int i = 0; i < 64; ++i) {
        (void)peer.read_response();
    }
    EXPECT_EQ(application_.requests, 64);
}

TEST_F(ServerLifetimeTest, DropsAPeerThatTakesNothing) {
    auto peer = open_stream();
    while (open_->write(std::string(64 * 1024, 'x')) == Exchange::WriteState::kOk) {
    }
    pass(70s);
    EXPECT_EQ(closed_, 1);
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(ServerLifetimeTest, KeepsIdleStreamsForAnyTime) {
    auto peer = open_stream();
    pass(1000s);
    EXPECT_EQ(closed_, 0);
    (void)open_->write("still here");
    EXPECT_TRUE(peer.read_until("still here").ends_with("still here"));
}

TEST_F(ServerLifetimeTest, TimesOutAHeadThatDoesNotEnd) {
    auto peer = connect();
    peer.send("GET / HT");
    test::settle(*loop_);
    pass(10s);
    peer.send("TP/1.1\r\n");
    pass(4s);
    EXPECT_FALSE(peer.closed_now());
    pass(3s);
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 408 "));
}

TEST_F(ServerLifetimeTest, TimesOutASilentConnection) {
    auto fresh = connect();
    test::settle(*loop_);
    pass(17s);
    EXPECT_EQ(fresh.read_to_end(), "");
    auto used = connect();
    used.send(kGet);
    (void)used.read_response();
    pass(70s);
    EXPECT_FALSE(used.closed_now());
    pass(7s);
    EXPECT_EQ(used.read_to_end(), "");
}

TEST_F(ServerLifetimeTest, TimesOutABodyThatStops) {
    auto peer = connect();
    peer.send("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 10\r\n\r\nabc");
    test::settle(*loop_);
    pass(20s);
    peer.send("d");
    test::settle(*loop_);
    pass(20s);
    EXPECT_FALSE(peer.closed_now());
    pass(12s);
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 408 "));
}

TEST_F(ServerLifetimeTest, LingersOnlyForAWhile) {
    auto peer = connect();
    peer.send("nonsense\r\n\r\n");
    EXPECT_TRUE(peer.read_to_end().starts_with("HTTP/1.1 400 "));
    EXPECT_EQ(server_->connections(), 1U);
    pass(7s);
    EXPECT_EQ(server_->connections(), 0U);
}

class SmallServerTest : public test::ServerFixture {
  protected:
    SmallServerTest() : ServerFixture({.max_connections = 1}) {}
};

TEST_F(SmallServerTest, RefusesConnectionsAboveItsLimit) {
    auto first = connect();
    first.send(kGet);
    (void)first.read_response();
    auto second = connect();
    EXPECT_TRUE(second.read_to_end().starts_with("HTTP/1.1 503 "));
    first.close();
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return server_->connections() == 0; }));
    auto third = connect();
    third.send(kGet);
    EXPECT_TRUE(third.read_response().starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerLifetimeTest, DrainClosesIdleAndFinishesRunning) {
    auto idle = connect();
    idle.send(kGet);
    (void)idle.read_response();
    park();
    auto busy = connect();
    busy.send(kGet);
    ASSERT_TRUE(test::turn_until(*loop_, [&] { return open_ != nullptr; }));
    int done = 0;
    server_->drain(20s, [&] { ++done; });
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_EQ(done, 0);
    open_->respond(text_response(200, "last"));
    const auto answer = busy.read_to_end();
    EXPECT_TRUE(answer.contains("Connection: close\r\n"));
    EXPECT_TRUE(answer.ends_with("last"));
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return done == 1; }));
    net::Socket late(::socket(AF_INET, SOCK_STREAM, 0));
    const auto address =
        net::to_socket_address({.ip = *net::IpAddress::parse("127.0.0.1"), .port = port_});
    EXPECT_NE(::connect(late.fd(), address.get(), address.size), 0);
}

TEST_F(ServerLifetimeTest, DrainCutsWhatRunsAfterTheGrace) {
    auto peer = open_stream();
    int done = 0;
    server_->drain(5s, [&] { ++done; });
    pass(4s);
    EXPECT_EQ(closed_, 0);
    pass(2s);
    EXPECT_EQ(closed_, 1);
    EXPECT_EQ(done, 1);
    EXPECT_FALSE(peer.read_to_end().ends_with("0\r\n\r\n"));
}

TEST_F(ServerLifetimeTest, DrainOfAnEmptyServerIsDoneAtOnce) {
    int done = 0;
    server_->drain(5s, [&] {
        ++done;
        server_.reset();
    });
    test::settle(*loop_);
    EXPECT_EQ(done, 1);
}

TEST_F(ServerLifetimeTest, DestructionEndsOpenExchanges) {
    auto peer = open_stream();
    server_.reset();
    EXPECT_EQ(closed_, 1);
    (void)peer.read_to_end();
}

}  // namespace
}  // namespace gatehouse::http
