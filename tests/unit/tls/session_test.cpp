// SPDX-License-Identifier: Apache-2.0
#include "tls/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "net/listener.h"
#include "net/socket.h"
#include "support/certificates.h"
#include "support/fake_clock.h"
#include "support/tls_peer.h"
#include "tls/client_tls.h"
#include "tls/server_tls.h"

namespace gatehouse::tls {
namespace {

using net::IoOutcome;
using Status = IoOutcome::Status;

constexpr std::string_view kHello = "hello";

/// Both ends of a connection.
struct Wire {
    Wire() {
        const auto listener = std::move(net::listen_on("127.0.0.1", 0, 1)->front());
        const auto address = net::to_socket_address(net::local_endpoint(listener));
        client = net::Socket(::socket(AF_INET, SOCK_STREAM, 0));
        EXPECT_EQ(::connect(client.fd(), address.get(), address.size), 0);
        EXPECT_EQ(::fcntl(client.fd(), F_SETFL, O_NONBLOCK), 0);
        server = net::Socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK));
        const int one = 1;
        ::setsockopt(server.fd(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }

    net::Socket server, client;
};

IoOutcome write(Session& session, std::string_view bytes) {
    const std::array parts{bytes};
    return session.write(parts);
}

std::string read(Session& session) {
    std::array<char, 64 * 1024> bytes{};
    const auto got = session.read(bytes);
    return {bytes.data(), got.bytes};
}

class TlsSessionTest : public testing::Test {
  protected:
    TlsSessionTest() { EXPECT_TRUE(server_tls_.use(shown_.certificate, shown_.key)); }

    /// Goes on until both ends know how it went.
    static bool shake(Session& server, Session& client) {
        for (int turn = 0; turn < 20; ++turn) {
            const auto one = client.handshake().status;
            const auto other = server.handshake().status;
            if (one == Status::kFailed || other == Status::kFailed) {
                (void)client.handshake();
                (void)server.handshake();
                return false;
            }
            if (one == Status::kOk && other == Status::kOk) {
                return true;
            }
        }
        return false;
    }

    void open(const std::string& host = "localhost") {
        server_ = server_tls_.accept(wire_.server.fd());
        client_ = client_tls_->connect(wire_.client.fd(), host);
    }

    /// A connection by a client of OpenSSL's own; keeps the ticket it got.
    bool connect_raw(SSL_CTX* context, test::TlsTicketPtr& ticket) {
        const Wire wire;
        const auto server = server_tls_.accept(wire.server.fd());
        const std::unique_ptr<SSL, test::FreeTls> client(SSL_new(context));
        SSL_set_fd(client.get(), wire.client.fd());
        if (ticket != nullptr) {
            SSL_set_session(client.get(), ticket.get());
        }
        for (int turn = 0; turn < 20; ++turn) {
            const bool done = SSL_connect(client.get()) == 1;
            ERR_clear_error();
            if (server->handshake().status == Status::kOk && done) {
                break;
            }
        }
        // TLS 1.3 tickets come with the first data.
        (void)write(*server, kHello);
        std::array<char, 16> bytes{};
        EXPECT_EQ(SSL_read(client.get(), bytes.data(), bytes.size()), 5);
        EXPECT_EQ(server->resumed(), SSL_session_reused(client.get()) == 1);
        // Without a good end OpenSSL would not offer the session again.
        SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        ticket.reset(SSL_get1_session(client.get()));
        return SSL_session_reused(client.get()) == 1;
    }

    test::FakeClock clock_;
    test::TestAuthority authority_;
    test::TestCertificate shown_ = authority_.issue();
    ServerTls server_tls_{clock_};
    std::shared_ptr<const ClientTls> client_tls_ = *ClientTls::create(authority_.certificate());
    Wire wire_;
    std::unique_ptr<Session> server_, client_;
};

TEST_F(TlsSessionTest, EstablishesTheNewestVersionAndAgreesOnHttp) {
    open();
    ASSERT_TRUE(shake(*server_, *client_)) << client_->failure() << server_->failure();
    EXPECT_EQ(server_->version(), "TLSv1.3");
    EXPECT_EQ(server_->protocol(), "http/1.1");
    EXPECT_FALSE(server_->resumed());
    EXPECT_EQ(write(*client_, kHello).bytes, kHello.size());
    EXPECT_EQ(read(*server_), kHello);
}

TEST_F(TlsSessionTest, ReadsAndWritesBeforeTheHandshakeIsDone) {
    open();
    std::array<char, 64> bytes{};
    EXPECT_EQ(server_->read(bytes).status, Status::kWouldBlock);
    EXPECT_EQ(write(*client_, kHello).status, Status::kWouldBlock);
    const auto wakes = client_->wakes({.readable = true});
    EXPECT_TRUE(wakes.readable && wakes.writable);
    EXPECT_EQ(server_->read(bytes).status, Status::kWouldBlock);
    EXPECT_EQ(write(*client_, kHello).bytes, kHello.size());
    EXPECT_EQ(read(*server_), kHello);
    const auto after = server_->wakes({.writable = true});
    EXPECT_FALSE(after.readable);
}

TEST_F(TlsSessionTest, JoinsPartsIntoOneRecordAndSaysWhenAllIsRead) {
    open();
    ASSERT_TRUE(shake(*server_, *client_));
    (void)read(*client_);  // the tickets
    const std::array<std::string_view, 4> parts{"head", "", "body", "!"};
    EXPECT_EQ(server_->write(parts).bytes, 9U);
    std::array<char, 64> bytes{};
    const auto got = client_->read(bytes);
    EXPECT_EQ(std::string_view(bytes.data(), got.bytes), "headbody!");
    EXPECT_TRUE(got.drained);
}

TEST_F(TlsSessionTest, CarriesMoreThanTheSocketTakesAtOnce) {
    open();
    ASSERT_TRUE(shake(*server_, *client_));
    const int small = 32 * 1024;
    ::setsockopt(wire_.server.fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    std::string sent(3'000'000, ' ');
    for (std::size_t i = 0; i < sent.size(); ++i) {
        sent[i] = static_cast<char>('a' + i % 23);
    }
    std::string got;
    std::string_view left = sent;
    int blocked = 0;
    const SystemClock clock;
    const auto deadline = clock.steady_now() + std::chrono::seconds(20);
    while (got.size() < sent.size() && clock.steady_now() < deadline) {
        const std::array parts{left.substr(0, 7),
                               left.substr(std::min<std::size_t>(7, left.size()))};
        const auto outcome = server_->write(parts);
        ASSERT_NE(outcome.status, Status::kFailed) << server_->failure();
        blocked += outcome.bytes < left.size() ? 1 : 0;
        left.remove_prefix(outcome.bytes);
        got += read(*client_);
    }
    EXPECT_EQ(got.size(), sent.size());
    EXPECT_TRUE(sent.starts_with(got));
    EXPECT_GT(blocked, 1);
}

TEST_F(TlsSessionTest, TellsAGoodEndFromACutOne) {
    open();
    ASSERT_TRUE(shake(*server_, *client_));
    std::array<char, 64> bytes{};
    client_->close_notify();
    EXPECT_EQ(server_->read(bytes).status, Status::kClosed);
    EXPECT_EQ(write(*client_, kHello).status, Status::kFailed);

    (void)read(*client_);
    wire_.server.close();
    EXPECT_EQ(client_->read(bytes).status, Status::kFailed);
    EXPECT_FALSE(client_->failure().empty());
}

TEST_F(TlsSessionTest, WritingToAPeerThatIsGoneRaisesNoSignal) {
    open();
    ASSERT_TRUE(shake(*server_, *client_));
    client_.reset();
    wire_.client.close();
    EXPECT_EQ(write(*server_, kHello).status, Status::kFailed);
}

TEST_F(TlsSessionTest, EndsAFloodOfKeyUpdates) {
    open();
    server_ = server_tls_.accept(wire_.server.fd());
    const auto context = test::plain_client_context();
    const std::unique_ptr<SSL, test::FreeTls> client(SSL_new(context.get()));
    SSL_set_fd(client.get(), wire_.client.fd());
    for (int turn = 0; turn < 10; ++turn) {
        (void)SSL_connect(client.get());
        (void)server_->handshake();
    }
    std::array<char, 64> bytes{};
    for (int i = 0; i < 7'000; ++i) {
        SSL_key_update(client.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
        (void)SSL_do_handshake(client.get());
        ERR_clear_error();
    }
    const auto status = server_->read(bytes).status;
    EXPECT_EQ(status, Status::kFailed);
    EXPECT_EQ(server_->failure(), "a flood of records without data");
}

TEST_F(TlsSessionTest, RefusesOldVersions) {
    const auto context = test::plain_client_context();
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    server_ = server_tls_.accept(wire_.server.fd());
    const std::unique_ptr<SSL, test::FreeTls> client(SSL_new(context.get()));
    SSL_set_fd(client.get(), wire_.client.fd());
    EXPECT_NE(SSL_connect(client.get()), 1);
    EXPECT_EQ(server_->handshake().status, Status::kFailed);
    EXPECT_FALSE(server_->failure().empty());
}

TEST_F(TlsSessionTest, RefusesAClientThatSpeaksAnotherProtocolOnly) {
    const auto context = test::plain_client_context();
    const std::array<unsigned char, 5> offer{4, 'i', 'm', 'a', 'p'};
    SSL_CTX_set_alpn_protos(context.get(), offer.data(), offer.size());
    server_ = server_tls_.accept(wire_.server.fd());
    const std::unique_ptr<SSL, test::FreeTls> client(SSL_new(context.get()));
    SSL_set_fd(client.get(), wire_.client.fd());
    EXPECT_NE(SSL_connect(client.get()), 1);
    EXPECT_EQ(server_->handshake().status, Status::kFailed);
}

TEST_F(TlsSessionTest, RefusesACertificateForAnotherHost) {
    open("other.example");
    EXPECT_FALSE(shake(*server_, *client_));
    EXPECT_TRUE(client_->failure().contains("hostname mismatch")) << client_->failure();
}

TEST_F(TlsSessionTest, ChecksAddressesToo) {
    open("127.0.0.1");
    EXPECT_TRUE(shake(*server_, *client_));
    wire_ = Wire();
    open("127.0.0.2");
    EXPECT_FALSE(shake(*server_, *client_));
    EXPECT_TRUE(client_->failure().contains("IP address mismatch")) << client_->failure();
}

TEST_F(TlsSessionTest, RefusesAnUnknownAuthority) {
    client_tls_ = *ClientTls::create("");
    open();
    EXPECT_FALSE(shake(*server_, *client_));
    EXPECT_TRUE(client_->failure().starts_with("the certificate is not accepted: "));
}

TEST_F(TlsSessionTest, RefusesAnExpiredCertificate) {
    const auto expired = authority_.issue({.valid_until = -3600});
    ASSERT_TRUE(server_tls_.use(expired.certificate, expired.key));
    open();
    EXPECT_FALSE(shake(*server_, *client_));
    EXPECT_TRUE(client_->failure().contains("expired")) << client_->failure();
}

TEST_F(TlsSessionTest, AuthoritiesMustBeCertificates) {
    EXPECT_EQ(ClientTls::create("no PEM").error().code, ErrorCode::kInvalid);
}

TEST_F(TlsSessionTest, ResumesBothVersionsAcrossAReload) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const auto context = test::plain_client_context();
        SSL_CTX_set_max_proto_version(context.get(), version);
        test::TlsTicketPtr ticket;
        EXPECT_FALSE(connect_raw(context.get(), ticket));
        EXPECT_TRUE(connect_raw(context.get(), ticket));
        const auto next = authority_.issue();
        ASSERT_TRUE(server_tls_.use(next.certificate, next.key));
        EXPECT_TRUE(connect_raw(context.get(), ticket));
    }
}

TEST_F(TlsSessionTest, TicketsOutliveOneKeyRotationAndNotTwo) {
    const auto context = test::plain_client_context();
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    test::TlsTicketPtr ticket;
    EXPECT_FALSE(connect_raw(context.get(), ticket));
    clock_.advance(std::chrono::hours(12));
    EXPECT_TRUE(connect_raw(context.get(), ticket));
    clock_.advance(std::chrono::hours(25));
    EXPECT_FALSE(connect_raw(context.get(), ticket));
    EXPECT_TRUE(connect_raw(context.get(), ticket));
}

TEST_F(TlsSessionTest, AnotherGatewaysTicketMeansAFullHandshake) {
    const auto context = test::plain_client_context();
    test::TlsTicketPtr ticket;
    EXPECT_FALSE(connect_raw(context.get(), ticket));
    auto& other = server_tls_;
    other.~ServerTls();
    new (&other) ServerTls(clock_);
    ASSERT_TRUE(other.use(shown_.certificate, shown_.key));
    EXPECT_FALSE(connect_raw(context.get(), ticket));
}

TEST_F(TlsSessionTest, RunningConnectionsSurviveANewCertificateAndTheEndOfTls) {
    open();
    ASSERT_TRUE(shake(*server_, *client_));
    const auto next = authority_.issue();
    ASSERT_TRUE(server_tls_.use(next.certificate, next.key));
    server_tls_.disable();
    EXPECT_FALSE(server_tls_.enabled());
    EXPECT_EQ(server_tls_.accept(wire_.server.fd()), nullptr);
    EXPECT_EQ(write(*client_, kHello).bytes, kHello.size());
    EXPECT_EQ(read(*server_), kHello);
}

}  // namespace
}  // namespace gatehouse::tls
