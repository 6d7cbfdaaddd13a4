// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "support/server_fixture.h"
#include "support/tls_peer.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using test::TlsPeer;

const std::string kGet = "GET /a HTTP/1.1\r\nHost: gw\r\n\r\n";

std::string post(const std::string& body) {
    return "POST /b HTTP/1.1\r\nHost: gw\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

/// A server whose second listener speaks TLS.
class TlsServerTest : public test::ServerFixture {
  protected:
    TlsServerTest() {
        EXPECT_TRUE(tls_->use(shown_.certificate, shown_.key));
        auto sockets = net::listen_on("127.0.0.1", 0, 1);
        tls_port_ = net::local_endpoint(sockets->front()).port;
        EXPECT_TRUE(server_->listen(std::move(sockets->front()), tls_));
    }

    TlsPeer connect_tls() {
        return {*loop_, test::LoopPeer::connect(*loop_, tls_port_), context_.get(),
                TlsPeer::Side::kClient};
    }

    test::TestAuthority authority_;
    test::TestCertificate shown_ = authority_.issue();
    std::shared_ptr<tls::ServerTls> tls_ = std::make_shared<tls::ServerTls>(clock_);
    test::TlsContextPtr context_ = test::plain_client_context();
    std::uint16_t tls_port_ = 0;
};

TEST_F(TlsServerTest, ServesBothListenersAndKnowsWhichIsSecure) {
    std::string seen;
    application_.serve = [&](Exchange& exchange) {
        seen += exchange.secure() ? "tls " : "plain ";
        exchange.respond(text_response(200, "ok"));
    };
    auto plain = connect();
    plain.send(kGet);
    EXPECT_TRUE(plain.read_response().ends_with("ok"));
    auto client = connect_tls();
    ASSERT_TRUE(client.handshake());
    client.send(kGet);
    EXPECT_TRUE(client.read_response().ends_with("ok"));
    client.send(kGet + kGet);
    EXPECT_TRUE(client.read_response().ends_with("ok"));
    EXPECT_TRUE(client.read_response().ends_with("ok"));
    EXPECT_EQ(seen, "plain tls tls tls ");
}

TEST_F(TlsServerTest, TakesBytesOneAtATime) {
    auto client = connect_tls();
    client.set_pace(1);
    ASSERT_TRUE(client.handshake());
    client.send(post("drop by drop"));
    EXPECT_TRUE(client.read_response().ends_with("POST /b drop by drop"));
}

TEST_F(TlsServerTest, RequestThatComesWithTheEndOfTheHandshakeIsServed) {
    auto client = connect_tls();
    client.pump();
    (void)SSL_do_handshake(client.ssl());
    client.pump();
    test::settle(*loop_);
    client.pump();
    // Finished and request leave together.
    ASSERT_EQ(SSL_do_handshake(client.ssl()), 1);
    client.send(kGet);
    EXPECT_TRUE(client.read_response().ends_with("GET /a "));
}

TEST_F(TlsServerTest, CarriesBigBodiesBothWays) {
    std::string body(1'000'000, ' ');
    for (std::size_t i = 0; i < body.size(); ++i) {
        body[i] = static_cast<char>('a' + i % 23);
    }
    auto client = connect_tls();
    ASSERT_TRUE(client.handshake());
    client.send(post(body));
    EXPECT_TRUE(client.read_response().ends_with("POST /b " + body));
}

TEST_F(TlsServerTest, SlowReaderIsNotBufferedWithoutBound) {
    Exchange* running = nullptr;
    std::size_t written = 0, drained = 0;
    const std::string block(32 * 1024, 'x');
    const auto fill = [&] {
        while (running->write(block) == Exchange::WriteState::kOk) {
            written += block.size();
        }
        written += block.size();
    };
    application_.serve = [&](Exchange& exchange) {
        running = &exchange;
        exchange.on_closed = [&] { running = nullptr; };
        exchange.on_drained = [&] {
            ++drained;
            if (written < 64U << 20U) {
                fill();
            }
        };
        exchange.start({.status = 200, .content_length = -1}, {});
        fill();
    };
    auto client = connect_tls();
    ASSERT_TRUE(client.handshake());
    client.send(kGet);
    test::settle(*loop_);
    const auto before = written;
    const auto drained_before = drained;
    EXPECT_LT(before, 16U << 20U);
    std::size_t got = 0;
    while (got < before) {
        got += client.read_bytes(64 * 1024).size();
    }
    EXPECT_GT(drained, drained_before);
    EXPECT_GT(written, before);
    server_.reset();  // while what its callbacks use is there
}

TEST_F(TlsServerTest, EndsWithACloseNotify) {
    auto client = connect_tls();
    ASSERT_TRUE(client.handshake());
    client.send("GET /a HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(client.read_to_end().ends_with("GET /a "));
    EXPECT_TRUE(client.ended_well());
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return server_->connections() == 0; }));
}

TEST_F(TlsServerTest, ClientsGoodEndClosesTheConnection) {
    auto client = connect_tls();
    ASSERT_TRUE(client.handshake());
    client.close_notify();
    EXPECT_TRUE(client.peer().closed_now());
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(TlsServerTest, PeerThatLeavesInsideTheHandshakeCostsNothing) {
    auto client = connect_tls();
    (void)SSL_do_handshake(client.ssl());
    client.pump();
    test::settle(*loop_);
    EXPECT_EQ(server_->connections(), 1U);
    client.peer().close();
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return server_->connections() == 0; }));
}

TEST_F(TlsServerTest, HandshakeHasTheDeadlineOfTheHead) {
    auto client = connect_tls();
    (void)SSL_do_handshake(client.ssl());
    client.pump();
    pass(14s);
    EXPECT_EQ(server_->connections(), 1U);
    pass(3s);
    EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(TlsServerTest, ClearTextOnATlsPortIsHungUpOn) {
    auto client = test::LoopPeer::connect(*loop_, tls_port_);
    client.send(kGet);
    EXPECT_FALSE(client.read_to_end().contains("HTTP/1.1 200"));
    EXPECT_EQ(application_.requests, 0);
}

TEST_F(TlsServerTest, FullServerHangsUpOnTlsClients) {
    server_.reset();
    start({.max_connections = 1});
    auto sockets = net::listen_on("127.0.0.1", 0, 1);
    tls_port_ = net::local_endpoint(sockets->front()).port;
    ASSERT_TRUE(server_->listen(std::move(sockets->front()), tls_));
    auto first = connect_tls();
    ASSERT_TRUE(first.handshake());
    auto second = connect_tls();
    EXPECT_FALSE(second.handshake());
    first.send(kGet);
    EXPECT_TRUE(first.read_response().ends_with("GET /a "));
}

TEST_F(TlsServerTest, NewCertificateIsForNewConnectionsAndOldOnesGoOn) {
    auto before = connect_tls();
    ASSERT_TRUE(before.handshake());
    const auto next = authority_.issue();
    const auto facts = tls_->use(next.certificate, next.key);
    ASSERT_TRUE(facts);
    auto after = connect_tls();
    ASSERT_TRUE(after.handshake());
    EXPECT_EQ(after.fingerprint(), facts->fingerprint);
    EXPECT_NE(before.fingerprint(), facts->fingerprint);
    before.send(kGet);
    EXPECT_TRUE(before.read_response().ends_with("GET /a "));
    tls_->disable();
    auto plain = test::LoopPeer::connect(*loop_, tls_port_);
    plain.send(kGet);
    EXPECT_TRUE(plain.read_response().ends_with("GET /a "));
    after.send(kGet);
    EXPECT_TRUE(after.read_response().ends_with("GET /a "));
}

TEST_F(TlsServerTest, AbortedAnswerDoesNotLookComplete) {
    application_.serve = [](Exchange& exchange) {
        exchange.start({.status = 200, .content_length = -1}, "part");
        exchange.abort();
    };
    auto client = connect_tls();
    ASSERT_TRUE(client.handshake());
    client.send("GET /a HTTP/1.0\r\nHost: gw\r\n\r\n");
    (void)client.read_to_end();
    EXPECT_FALSE(client.ended_well());
}

TEST_F(TlsServerTest, DrainingEndsIdleAndHalfOpenConnections) {
    auto idle = connect_tls();
    ASSERT_TRUE(idle.handshake());
    auto half_open = connect_tls();
    (void)SSL_do_handshake(half_open.ssl());
    half_open.pump();
    test::settle(*loop_);
    bool done = false;
    server_->drain(10s, [&] { done = true; });
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return done; }));
    EXPECT_TRUE(idle.ended_well());
}

}  // namespace
}  // namespace gatehouse::http
