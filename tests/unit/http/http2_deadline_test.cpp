// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/http2_fixture.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::Http2Client;
using test::raw_frame;

class Http2DeadlineTest : public test::Http2Fixture {
  protected:
    ~Http2DeadlineTest() override { server_.reset(); }  // while what its callbacks use is there

    void park_requests() {
        application_.serve = [this](Exchange& exchange) {
            exchange.retain();
            exchange.on_closed = [this] { ++closed_; };
            open_.push_back(&exchange);
        };
    }

    std::vector<Exchange*> open_;
    int closed_ = 0;
};

TEST_F(Http2DeadlineTest, ConnectionWithoutARequestEnds) {
    auto client = connect_http2();
    client->settle();
    pass(14s);
    EXPECT_EQ(server_->connections(), 1U);
    pass(3s);
    EXPECT_TRUE(client->over());
    EXPECT_EQ(client->goaways.back().first, NGHTTP2_NO_ERROR);
}

TEST_F(Http2DeadlineTest, IdleConnectionEndsAfterItsLastStreamAndNotBefore) {
    park_requests();
    auto client = connect_http2();
    const auto id = client->request(Http2Client::get("/a"));
    ASSERT_TRUE(client->until([&] { return open_.size() == 1; }));
    pass(300s);
    EXPECT_EQ(server_->connections(), 1U);
    open_[0]->respond(text_response(200, "ok"));
    ASSERT_TRUE(client->finish({id}));
    pass(74s);
    EXPECT_EQ(server_->connections(), 1U);
    pass(3s);
    EXPECT_TRUE(client->over());
    EXPECT_EQ(client->goaways.back().first, NGHTTP2_NO_ERROR);
    client->peer().peer().close();
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return server_->connections() == 0; }));
}

TEST_F(Http2DeadlineTest, HeaderBlockThatDoesNotEndEndsTheConnection) {
    park_requests();
    auto client = connect_http2();
    (void)client->request(Http2Client::get("/a"));
    client->settle();
    client->send_raw(raw_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 3, "\x82\x87\x84"s));
    client->settle();
    pass(14s);
    EXPECT_EQ(closed_, 0);
    pass(3s);
    EXPECT_TRUE(client->over());
    EXPECT_EQ(closed_, 1);
}

TEST_F(Http2DeadlineTest, BodyThatStopsComingIsAnswered) {
    park_requests();
    auto client = connect_http2();
    (void)client->request(Http2Client::get("/other"));
    const auto id = client->open(Http2Client::post("/a"));
    client->more(id, "begin");
    client->settle();
    pass(29s);
    client->more(id, "more");
    client->settle();
    pass(29s);
    EXPECT_EQ(client->answer(id).status(), "");
    pass(3s);
    ASSERT_TRUE(client->until([&] { return client->answer(id).closed.has_value(); }));
    EXPECT_EQ(client->answer(id).status(), "408");
    EXPECT_EQ(closed_, 0);
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(Http2DeadlineTest, StreamWhoseWindowStaysShutIsReset) {
    application_.serve = [&](Exchange& exchange) {
        if (exchange.head().path == "/a") {
            exchange.on_closed = [this] { ++closed_; };
            exchange.start({.status = 200, .content_length = -1}, std::string(100'000, 'x'));
        } else {
            exchange.respond(text_response(200, std::string(100'000, 'x')));
        }
    };
    auto client = connect_http2();
    client->open_windows = false;
    const auto streaming = client->request(Http2Client::get("/a"));
    const auto finished = client->request(Http2Client::get("/b"));
    client->settle();
    pass(59s);
    EXPECT_FALSE(client->answer(streaming).closed);
    pass(3s);
    ASSERT_TRUE(client->until([&] { return client->answer(finished).closed.has_value(); }));
    EXPECT_EQ(client->answer(streaming).reset, NGHTTP2_CANCEL);
    EXPECT_EQ(client->answer(finished).reset, NGHTTP2_CANCEL);
    EXPECT_EQ(closed_, 1);
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(Http2DeadlineTest, DrainingLetsStreamsFinishAndTakesWhatIsOnItsWay) {
    park_requests();
    auto client = connect_http2();
    const auto running = client->request(Http2Client::get("/a"));
    ASSERT_TRUE(client->until([&] { return open_.size() == 1; }));
    bool done = false;
    server_->drain(100s, [&] { done = true; });
    // It left before the client could know.
    const auto late = client->request(Http2Client::get("/b"));
    ASSERT_TRUE(client->until([&] { return client->goaways.size() == 2; }));
    EXPECT_EQ(client->goaways[0], std::pair(std::uint32_t{NGHTTP2_NO_ERROR}, 0x7fffffff));
    EXPECT_EQ(client->goaways[1], std::pair(std::uint32_t{NGHTTP2_NO_ERROR}, 3));
    ASSERT_EQ(open_.size(), 2U);
    for (auto* const exchange : open_) {
        exchange->respond(text_response(200, "late"));
    }
    EXPECT_TRUE(client->finish({running, late}));
    EXPECT_TRUE(client->over());
    client->peer().peer().close();
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return done; }));
    EXPECT_EQ(closed_, 0);
}

TEST_F(Http2DeadlineTest, DrainingDoesNotWaitForClientsThatSayNothing) {
    auto client = connect_http2();
    client->settle();
    bool done = false;
    server_->drain(100s, [&] { done = true; });
    pass(10s);
    EXPECT_TRUE(done);
}

TEST_F(Http2DeadlineTest, DrainingCutsStreamsAfterTheGrace) {
    park_requests();
    auto client = connect_http2();
    (void)client->request(Http2Client::get("/a"));
    ASSERT_TRUE(client->until([&] { return open_.size() == 1; }));
    bool done = false;
    server_->drain(5s, [&] { done = true; });
    pass(4s);
    EXPECT_FALSE(done);
    pass(2s);
    EXPECT_TRUE(done);
    EXPECT_EQ(closed_, 1);
}

TEST_F(Http2DeadlineTest, PeerThatTakesNoByteIsDropped) {
    park_requests();
    auto client = connect_http2();
    for (int i = 0; i < 60; ++i) {
        (void)client->request(Http2Client::get("/a"));
    }
    nghttp2_submit_window_update(client->session(), 0, 0, 100 << 20);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10 << 20};
    nghttp2_submit_settings(client->session(), NGHTTP2_FLAG_NONE, &window, 1);
    ASSERT_TRUE(client->until([&] { return open_.size() == 60; }));
    client->settle();
    std::size_t written = 0;
    const std::string block(16 * 1024, 'x');
    for (auto* const exchange : open_) {
        exchange->start({.status = 200, .content_length = -1}, {});
    }
    bool stuck = false;
    while (!stuck) {
        stuck = true;
        for (auto* const exchange : open_) {
            if (exchange->write(block) == Exchange::WriteState::kOk) {
                written += block.size();
                stuck = false;
            }
        }
        test::settle(*loop_);
    }
    EXPECT_LT(written, 64U << 20U);
    pass(62s);
    EXPECT_EQ(closed_, 60);
    EXPECT_EQ(server_->connections(), 0U);
}

}  // namespace
}  // namespace gatehouse::http
