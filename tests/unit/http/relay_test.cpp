// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "http/upstream_pool.h"
#include "support/server_fixture.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kHuge = std::size_t{64} << 20;
const std::string kGet = "GET /a HTTP/1.1\r\nHost: gw\r\n\r\n";

/// Relays one answer to one exchange, as the proxy does.
class Relay final : public UpstreamListener {
  public:
    Relay(Exchange& exchange, UpstreamPool& pool, std::function<void()> ended)
        : exchange_(exchange), ended_(std::move(ended)) {
        exchange_.on_closed = [this] { ended_(); };
        exchange_.on_drained = [this] { call_->resume(); };
        call_ = pool.send({.head = kGet, .body = exchange.body()}, *this);
    }

    void on_head(const UpstreamHead& head, std::string_view body, bool complete) override {
        exchange_.start(
            {.status = head.status,
             .headers = head.headers,
             .content_length = complete ? std::int64_t(body.size()) : head.content_length},
            body);
        go_on(Exchange::WriteState::kOk, complete);
    }

    void on_body(std::string_view bytes, bool complete) override {
        go_on(exchange_.write(bytes), complete);
    }

    void on_error(UpstreamError) override {
        exchange_.abort();
        ended_();
    }

  private:
    void go_on(Exchange::WriteState state, bool complete) {
        if (complete) {
            exchange_.finish();
            ended_();
        } else if (state == Exchange::WriteState::kFull) {
            call_->pause();
        }
    }

    Exchange& exchange_;
    std::function<void()> ended_;
    std::unique_ptr<UpstreamCall> call_;
};

/// Server and upstream pool of one loop together.
class RelayTest : public test::ServerFixture {
  protected:
    RelayTest() {
        application_.serve = [this](Exchange& exchange) {
            const int id = next_++;
            relays_[id] =
                std::make_unique<Relay>(exchange, *pool_, [this, id] { relays_.erase(id); });
        };
    }

    ~RelayTest() override { server_.reset(); }

    test::LoopListener runtime_{*loop_};
    std::unique_ptr<UpstreamPool> pool_ = make_upstream_pool(
        *loop_, {.addresses = {*net::IpAddress::parse("127.0.0.1")}, .port = runtime_.port()}, {});
    std::map<int, std::unique_ptr<Relay>> relays_;
    int next_ = 0;
};

TEST_F(RelayTest, RelaysPipelinedCallsOverOneConnection) {
    auto client = connect();
    client.send(kGet + kGet + kGet);
    auto runtime = runtime_.accept();
    for (const std::string body : {"one", "two", "three"}) {
        EXPECT_EQ(runtime.read_until("\r\n\r\n"), kGet);
        runtime.send("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\n\r\n" + body);
        const auto answer = client.read_response();
        EXPECT_TRUE(answer.contains("X-A: b\r\n"));
        EXPECT_TRUE(answer.ends_with("\r\n\r\n" + body));
    }
    EXPECT_TRUE(relays_.empty());
}

// H62
TEST_F(RelayTest, SlowClientStopsTheRuntimeAndGetsEverythingInTheEnd) {
    auto client = connect();
    client.send(kGet);
    auto runtime = runtime_.accept();
    runtime.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kHuge) + "\r\n\r\n");
    const std::string block(64 * 1024, 'x');
    std::size_t sent = 0;
    for (int stuck = 0; stuck < 50;) {
        const auto count = ::send(runtime.fd(), block.data(), block.size(), MSG_DONTWAIT);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
            stuck = 0;
        } else {
            ++stuck;
        }
        loop_->run_once(0ms);
    }
    EXPECT_LT(sent, kHuge / 2);
    std::size_t got = 0;
    ASSERT_TRUE(test::turn_until(*loop_, [&] {
        if (sent < kHuge) {
            const auto count = ::send(runtime.fd(), block.data(),
                                      std::min(block.size(), kHuge - sent), MSG_DONTWAIT);
            sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        }
        got += client.received().size();
        client.received().clear();
        return got > kHuge;
    }));
    test::settle(*loop_);
    EXPECT_TRUE(relays_.empty());
}

TEST_F(RelayTest, ClientThatLeavesEndsTheUpstreamCall) {
    auto client = connect();
    client.send(kGet);
    auto runtime = runtime_.accept();
    runtime.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    (void)client.read_until("abc");
    client.close();
    EXPECT_EQ(runtime.read_to_end(), kGet);
    EXPECT_TRUE(relays_.empty());
}

TEST_F(RelayTest, RuntimeThatDiesInsideABodyCutsTheAnswer) {
    auto client = connect();
    client.send(kGet);
    {
        auto runtime = runtime_.accept();
        runtime.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        (void)client.read_until("abc\r\n");
    }
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(relays_.empty());
}

TEST_F(RelayTest, AnswerMayBeginAfterABodyThatCameInPieces) {
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: gw\r\nContent-Length: 6\r\n\r\nabc");
    test::settle(*loop_);
    client.send("def");
    auto runtime = runtime_.accept();
    EXPECT_EQ(runtime.read_until("def"), kGet + "abcdef");
    runtime.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(client.read_response().starts_with("HTTP/1.1 202 Accepted\r\n"));
}

}  // namespace
}  // namespace gatehouse::http
