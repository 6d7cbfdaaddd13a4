// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/http2_fixture.h"

// Peers that ask for much and want nothing. Each ends its own connection; others notice nothing.
namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::Http2Client;
using test::raw_frame;

class Http2AbuseTest : public test::Http2Fixture {
  protected:
    /// The client was told to calm down and hung up on; a second one is served as ever.
    void expect_calm(Http2Client& client) { expect_end(client, NGHTTP2_ENHANCE_YOUR_CALM); }

    void expect_end(Http2Client& client, std::uint32_t code) {
        EXPECT_TRUE(client.over());
        ASSERT_FALSE(client.goaways.empty());
        EXPECT_EQ(client.goaways.back().first, code);
        EXPECT_EQ(bystander_->ask(Http2Client::get("/a")).status(), "200");
    }

    /// A frame again and again until the server has enough, at most `count` times.
    static void flood(Http2Client& client, const std::string& frame, int count) {
        std::string block;
        for (int i = 0; i < 64; ++i) {
            block += frame;
        }
        for (int i = 0; i < count && client.goaways.empty(); i += 64) {
            client.send_raw(block);
            client.pump();
        }
    }

    std::unique_ptr<Http2Client> bystander_ = connect_http2();
};

/// HPACK of a GET without any table: indexed method, scheme and path, literal authority.
const std::string kGetBlock = "\x82\x87\x84\x41\x02gw"s;
const std::string kPostBlock = "\x83\x87\x84\x41\x02gw"s;

TEST_F(Http2AbuseTest, RapidResets) {  // CVE-2023-44487
    int open = 0, most = 0;
    application_.serve = [&](Exchange& exchange) {
        most = std::max(most, ++open);
        exchange.retain();
        exchange.on_closed = [&] { --open; };
    };
    auto client = connect_http2();
    client->settle();
    std::uint32_t id = 1;
    for (int i = 0; i < 20 && client->goaways.empty(); ++i) {
        std::string block;
        for (int j = 0; j < 64; ++j, id += 2) {
            block += raw_frame(NGHTTP2_HEADERS, 5, id, kGetBlock);
            block += raw_frame(NGHTTP2_RST_STREAM, 0, id, "\0\0\0\x08"s);
        }
        client->send_raw(block);
        client->pump();
    }
    application_.serve = nullptr;
    expect_calm(*client);
    EXPECT_LE(application_.requests, 260);
    EXPECT_EQ(most, 1);
    EXPECT_EQ(open, 0);
}

TEST_F(Http2AbuseTest, ResetsThatTheServerIsMadeToSend) {  // CVE-2025-8671
    auto client = connect_http2();
    client->settle();
    application_.serve = [](Exchange& exchange) { exchange.retain(); };
    std::uint32_t id = 1;
    for (int i = 0; i < 20 && client->goaways.empty(); ++i) {
        std::string block;
        for (int j = 0; j < 64; ++j, id += 2) {
            block += raw_frame(NGHTTP2_HEADERS, 5, id, kGetBlock);
            block += raw_frame(NGHTTP2_WINDOW_UPDATE, 0, id, "\0\0\0\0"s);
        }
        client->send_raw(block);
        client->pump();
    }
    application_.serve = nullptr;
    EXPECT_TRUE(client->over());
    EXPECT_FALSE(client->goaways.empty());
    EXPECT_LE(application_.requests, 260);
    EXPECT_EQ(bystander_->ask(Http2Client::get("/a")).status(), "200");
}

TEST_F(Http2AbuseTest, ManyFinishedAndCancelledCallsAreNoAttack) {
    auto client = connect_http2();
    for (int i = 0; i < 600; ++i) {
        EXPECT_EQ(client->ask(Http2Client::get("/a")).status(), "200");
        if (i % 3 == 0) {
            client->cancel(client->open(Http2Client::post("/b")));
        }
    }
    client->settle();
    EXPECT_TRUE(client->goaways.empty());
}

TEST_F(Http2AbuseTest, Pings) {
    auto client = connect_http2();
    client->settle();
    flood(*client, raw_frame(NGHTTP2_PING, 0, 0, "12345678"), 4096);
    expect_calm(*client);
}

TEST_F(Http2AbuseTest, PingsOfAPeerThatReadsNothing) {
    auto client = connect_http2();
    client->settle();
    std::string block;
    for (int i = 0; i < 2000; ++i) {
        block += raw_frame(NGHTTP2_PING, 0, 0, "12345678");
    }
    client->peer().send(block);
    expect_calm(*client);
}

TEST_F(Http2AbuseTest, Settings) {
    auto client = connect_http2();
    client->settle();
    flood(*client, raw_frame(NGHTTP2_SETTINGS, 0, 0, "\0\x04\0\0\xff\xff"s), 4096);
    // The answers to what it never sent are too much for the client's own library.
    EXPECT_TRUE(client->over());
    EXPECT_EQ(bystander_->ask(Http2Client::get("/a")).status(), "200");
}

TEST_F(Http2AbuseTest, WindowUpdates) {
    auto client = connect_http2();
    client->settle();
    flood(*client, raw_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\x01"s), 4096);
    expect_calm(*client);
}

TEST_F(Http2AbuseTest, Priorities) {
    auto client = connect_http2();
    client->settle();
    flood(*client, raw_frame(NGHTTP2_PRIORITY, 0, 3, "\0\0\0\x01\x10"s), 4096);
    expect_calm(*client);
}

TEST_F(Http2AbuseTest, FramesOfUnknownKinds) {
    auto client = connect_http2();
    client->settle();
    flood(*client, raw_frame(0xb0, 0, 0, "x"), 4096);
    expect_calm(*client);
}

TEST_F(Http2AbuseTest, EmptyDataFrames) {
    auto client = connect_http2();
    const auto id = client->open(Http2Client::post("/a"));
    client->settle();
    flood(*client, raw_frame(NGHTTP2_DATA, 0, static_cast<std::uint32_t>(id), {}), 4096);
    expect_calm(*client);
}

TEST_F(Http2AbuseTest, DataFramesOfPaddingOnly) {
    auto client = connect_http2();
    const auto id = client->open(Http2Client::post("/a"));
    client->settle();
    const auto frame =
        raw_frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, static_cast<std::uint32_t>(id), "\x03\0\0\0"s);
    flood(*client, frame, 4096);
    expect_calm(*client);
}

TEST_F(Http2AbuseTest, Continuations) {  // CVE-2024-28182
    auto client = connect_http2();
    client->settle();
    client->send_raw(raw_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, kGetBlock));
    flood(*client, raw_frame(NGHTTP2_CONTINUATION, 0, 1, {}), 4096);
    expect_calm(*client);
    EXPECT_EQ(application_.heads, 1);  // the bystander's
}

TEST_F(Http2AbuseTest, HeaderBomb) {
    auto client = connect_http2();
    client->settle();
    // A field of 4000 bytes goes into the table once and is then named by one byte each time.
    std::string block = kGetBlock + "\x40\x01x\x7f\xa1\x1e"s + std::string(4000, 'v');
    block += std::string(8000, '\xbe');
    client->send_raw(raw_frame(NGHTTP2_HEADERS, 5, 1, block));
    client->pump();
    expect_calm(*client);
    EXPECT_EQ(application_.heads, 1);
}

TEST_F(Http2AbuseTest, BombOfTrailers) {
    auto client = connect_http2();
    client->settle();
    client->send_raw(raw_frame(NGHTTP2_HEADERS, 4, 1, kPostBlock));
    std::string block = "\x40\x01x\x7f\xa1\x1e"s + std::string(4000, 'v');
    block += std::string(8000, '\xbe');
    client->send_raw(raw_frame(NGHTTP2_HEADERS, 5, 1, block));
    client->pump();
    expect_calm(*client);
    EXPECT_EQ(application_.requests, 1);
}

TEST_F(Http2AbuseTest, HeadsAboveTheLimitAreRefusedAndTheConnectionStays) {
    auto client = connect_http2();
    auto fields = Http2Client::get("/a");
    fields.emplace_back("x", std::string(33 * 1024, 'x'));
    EXPECT_EQ(client->ask(fields).status(), "431");
    fields = Http2Client::get("/a");
    for (int i = 0; i < 101; ++i) {
        fields.emplace_back("x" + std::to_string(i), "y");
    }
    EXPECT_EQ(client->ask(fields).status(), "431");
    EXPECT_EQ(client->ask(Http2Client::get("/a")).status(), "200");
    EXPECT_EQ(application_.requests, 1);
}

TEST_F(Http2AbuseTest, MoreStreamsThanAllowed) {
    std::vector<Exchange*> open;
    application_.serve = [&](Exchange& exchange) {
        exchange.retain();
        open.push_back(&exchange);
    };
    auto client = connect_http2();
    client->settle();
    std::string block;
    for (std::uint32_t id = 1; id < 2 * 130; id += 2) {
        block += raw_frame(NGHTTP2_HEADERS, 5, id, kGetBlock);
    }
    client->send_raw(block);
    client->settle();
    EXPECT_EQ(open.size(), 128U);
    application_.serve = nullptr;
    EXPECT_EQ(bystander_->ask(Http2Client::get("/a")).status(), "200");
    server_.reset();
}

TEST_F(Http2AbuseTest, WhatIsNoHttp2) {
    auto peer = connect_tls();
    Http2Client::offer(peer.ssl(), "\x02h2");
    ASSERT_TRUE(peer.handshake());
    peer.send("GET / HTTP/1.1\r\nHost: gw\r\n\r\n");
    EXPECT_FALSE(peer.read_to_end().contains("HTTP/1.1"));
    EXPECT_EQ(application_.heads, 0);
}

TEST_F(Http2AbuseTest, BadFramesEndTheConnection) {
    const std::vector<std::pair<std::string, std::uint32_t>> frames{
        {raw_frame(NGHTTP2_DATA, 0, 0, "x"), NGHTTP2_PROTOCOL_ERROR},
        {raw_frame(NGHTTP2_DATA, 0, 99, "x"), NGHTTP2_PROTOCOL_ERROR},
        {raw_frame(NGHTTP2_SETTINGS, 0, 0, "12345"), NGHTTP2_FRAME_SIZE_ERROR},
        {raw_frame(NGHTTP2_PING, 0, 0, "1"), NGHTTP2_FRAME_SIZE_ERROR},
        {raw_frame(NGHTTP2_HEADERS, 5, 2, kGetBlock), NGHTTP2_PROTOCOL_ERROR},
        {raw_frame(NGHTTP2_HEADERS, 5, 1, "\xff\xff\xff\xff\xff\xff"), NGHTTP2_COMPRESSION_ERROR},
        {raw_frame(NGHTTP2_CONTINUATION, 4, 1, kGetBlock), NGHTTP2_PROTOCOL_ERROR},
        {raw_frame(NGHTTP2_PUSH_PROMISE, 4, 1, "\0\0\0\x02"s), NGHTTP2_PROTOCOL_ERROR},
        {raw_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, "\0\0\0\0"s), NGHTTP2_PROTOCOL_ERROR},
        {raw_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff"), NGHTTP2_FLOW_CONTROL_ERROR}};
    for (const auto& [frame, code] : frames) {
        auto client = connect_http2();
        client->settle();
        client->send_raw(frame);
        client->pump();
        expect_end(*client, code);
    }
}

/// What cannot be a request: 400, or a stream that is reset, and the application sees nothing of
/// it.
TEST_F(Http2AbuseTest, MalformedHeads) {  // I70
    const auto head = [](std::string name, std::string value) {
        auto fields = Http2Client::get("/a");
        fields.emplace_back(std::move(name), std::move(value));
        return fields;
    };
    const auto without = [](std::size_t index) {
        auto fields = Http2Client::get("/a");
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(index));
        return fields;
    };
    auto late = head("x", "y");
    std::swap(late[3], late[4]);
    const std::vector<test::Fields> bad{head("connection", "close"),
                                        head("transfer-encoding", "chunked"),
                                        head("keep-alive", "1"),
                                        head("proxy-connection", "x"),
                                        head("upgrade", "websocket"),
                                        head("te", "gzip"),
                                        head("bad name", "x"),
                                        head("x", "a\nb"),
                                        head("x", "a\0b"s),
                                        head("host", "other"),
                                        head("content-length", "5"),
                                        head("content-length", "x"),
                                        head(":path", "/b"),
                                        head(":status", "200"),
                                        head(":unknown", "x"),
                                        late,
                                        without(0),
                                        without(1),
                                        without(2),
                                        without(3)};
    auto client = connect_http2();
    for (const auto& fields : bad) {
        const auto answer = client->ask(fields);
        EXPECT_TRUE(answer.status() == "400" || answer.reset == NGHTTP2_PROTOCOL_ERROR)
            << fields.back().first << ": " << fields.back().second << " " << answer.status();
    }
    EXPECT_EQ(application_.heads, 0);
    EXPECT_EQ(client->ask(head("te", "trailers")).status(), "200");
    auto connect = Http2Client::get("/a");
    connect[0].second = "CONNECT";
    const auto answer = client->ask({connect[0], connect[2]});
    EXPECT_TRUE(answer.status() == "400" || answer.reset == NGHTTP2_PROTOCOL_ERROR);
    EXPECT_EQ(application_.heads, 1);
}

TEST_F(Http2AbuseTest, NamesInUpperCase) {
    auto client = connect_http2();
    client->settle();
    client->send_raw(raw_frame(NGHTTP2_HEADERS, 5, 1, kGetBlock + "\x40\x01X\x01y"s));
    client->settle();
    EXPECT_EQ(application_.heads, 0);
}

TEST_F(Http2AbuseTest, LengthThatTheDataContradicts) {
    bool closed = false;
    application_.judge = [&](Exchange& exchange) {
        exchange.on_closed = [&] { closed = true; };
        return HeadVerdict{.max_body = 1 << 20};
    };
    auto client = connect_http2();
    for (const auto* const length : {"4", "6"}) {
        closed = false;
        auto fields = Http2Client::post("/a");
        fields.emplace_back("content-length", length);
        EXPECT_EQ(client->ask(fields, "12345").reset, NGHTTP2_PROTOCOL_ERROR) << length;
        EXPECT_TRUE(closed);
    }
    EXPECT_EQ(application_.requests, 0);
}

TEST_F(Http2AbuseTest, TrailersAreDropped) {
    std::string seen;
    application_.serve = [&](Exchange& exchange) {
        seen = std::string(exchange.head().get("x")) + "/" + std::string(exchange.body());
        exchange.respond(text_response(200, "ok"));
    };
    auto client = connect_http2();
    client->settle();
    std::string frames = raw_frame(NGHTTP2_HEADERS, 4, 1, kPostBlock);
    frames += raw_frame(NGHTTP2_DATA, 0, 1, "body");
    frames += raw_frame(NGHTTP2_HEADERS, 5, 1, "\x40\x01x\x01y"s);
    client->send_raw(frames);
    client->settle();
    EXPECT_EQ(seen, "/body");
}

TEST_F(Http2AbuseTest, BodiesOfManyStreamsAreBoundedAndAllGetDone) {
    std::size_t kept = 0, most = 0;
    application_.judge = [](Exchange&) { return HeadVerdict{.max_body = 2 << 20}; };
    auto client = connect_http2();
    std::vector<std::int32_t> ids;
    const std::string body(2 << 20, 'x');
    for (int i = 0; i < 12; ++i) {
        ids.push_back(client->open(Http2Client::post("/b")));
    }
    for (const auto id : ids) {
        client->more(id, body);
    }
    client->settle();
    client->settle();
    // Nobody ended: the server holds back windows, so that the clients' buffers stay full.
    std::size_t left = 0;
    for (const auto id : ids) {
        left += client->unsent(id);
        client->end(id);
    }
    kept = ids.size() * body.size() - left;
    most = std::max(most, kept);
    EXPECT_LE(most, (4U << 20U) + (2U << 20U) + 12U * 65'536U);
    application_.serve = [](Exchange& exchange) {
        exchange.respond(text_response(200, std::to_string(exchange.body().size())));
    };
    ASSERT_TRUE(client->finish(ids));
    for (const auto id : ids) {
        EXPECT_EQ(client->answer(id).body, std::to_string(body.size()));
    }
}

}  // namespace
}  // namespace gatehouse::http
