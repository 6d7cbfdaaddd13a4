// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/http2_fixture.h"

namespace gatehouse::http {
namespace {

using namespace std::chrono_literals;
using test::Http2Client;

class Http2ServerTest : public test::Http2Fixture {};

TEST_F(Http2ServerTest, AnswersOnOneConnection) {
    auto client = connect_http2();
    for (int i = 0; i < 3; ++i) {
        const auto answer = client->ask(Http2Client::get("/a?q=1"));
        EXPECT_EQ(answer.status(), "200");
        EXPECT_EQ(answer.body, "GET /a?q=1 ");
        EXPECT_EQ(answer.fields.at("content-type"), "text/plain; charset=utf-8");
        EXPECT_EQ(answer.fields.at("content-length"), "11");
        EXPECT_EQ(answer.fields.at("date"), "Wed, 18 Nov 2026 11:06:40 GMT");
        EXPECT_EQ(answer.closed, NGHTTP2_NO_ERROR);
    }
    EXPECT_EQ(client->ask(Http2Client::post("/p"), "hello").body, "POST /p hello");
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(Http2ServerTest, TheVersionIsTheClientsChoiceAndHttp1WithoutAny) {
    const auto spoken = [&](std::string_view offer) {
        auto client = connect_tls();
        if (!offer.empty()) {
            Http2Client::offer(client.ssl(), offer);
        }
        EXPECT_TRUE(client.handshake());
        const unsigned char* name = nullptr;
        unsigned int size = 0;
        SSL_get0_alpn_selected(client.ssl(), &name, &size);
        return std::string(reinterpret_cast<const char*>(name), size);
    };
    EXPECT_EQ(spoken("\x08http/1.1\x02h2"), "h2");
    EXPECT_EQ(spoken("\x08http/1.1"), "http/1.1");
    EXPECT_EQ(spoken(""), "");
    auto other = connect_tls();
    Http2Client::offer(other.ssl(),
                       "\x03"
                       "ftp");
    EXPECT_FALSE(other.handshake());
}

TEST_F(Http2ServerTest, PlainListenersKnowNoHttp2) {
    const auto answer = ask_once("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 505 ")) << answer;
    EXPECT_EQ(application_.heads, 0);
}

TEST_F(Http2ServerTest, RequestsLookAsInHttp1) {
    application_.serve = [](Exchange& exchange) {
        const auto& head = exchange.head();
        EXPECT_EQ(head.method, "POST");
        EXPECT_EQ(head.target, "/x?q=1");
        EXPECT_EQ(head.path, "/x");
        EXPECT_EQ(head.query, "q=1");
        EXPECT_EQ(head.host, "gw");
        EXPECT_EQ(head.get(HeaderId::kHost), "gw");
        EXPECT_EQ(head.get(HeaderId::kMcpName), "n");
        EXPECT_EQ(head.get("mcp-name"), "n");
        EXPECT_EQ(head.get(HeaderId::kCookie), "a=1; b=2");
        EXPECT_TRUE(head.chunked);
        EXPECT_EQ(head.content_length, -1);
        EXPECT_EQ(exchange.body(), "{}");
        EXPECT_EQ(exchange.client_ip(), "127.0.0.1");
        EXPECT_TRUE(exchange.secure());
        for (const auto& field : head.headers) {
            EXPECT_FALSE(field.name.starts_with(':'));
        }
        exchange.respond(text_response(200, "ok"));
    };
    auto client = connect_http2();
    auto fields = Http2Client::post("/x?q=1");
    fields.insert(fields.end(), {{"cookie", "a=1"}, {"mcp-name", "n"}, {"cookie", "b=2"}});
    EXPECT_EQ(client->ask(fields, "{}").body, "ok");
}

TEST_F(Http2ServerTest, ServesStreamsAtOnceAndInAnyOrder) {
    std::vector<Exchange*> open;
    application_.serve = [&](Exchange& exchange) {
        exchange.retain();
        open.push_back(&exchange);
    };
    auto client = connect_http2();
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 100; ++i) {
        ids.push_back(client->request(Http2Client::post("/" + std::to_string(i)), "body"));
    }
    ASSERT_TRUE(client->until([&] { return open.size() == 100; }));
    while (!open.empty()) {
        auto* const exchange = open.back();
        open.pop_back();
        EXPECT_EQ(exchange->body(), "body");
        exchange->respond(text_response(200, std::string(exchange->head().path)));
    }
    ASSERT_TRUE(client->finish(ids));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(client->answer(ids[i]).body, "/" + std::to_string(i));
    }
}

TEST_F(Http2ServerTest, StreamsFlowAsTheyAreWritten) {
    Exchange* running = nullptr;
    application_.serve = [&](Exchange& exchange) {
        running = &exchange;
        exchange.start({.status = 200, .content_length = -1}, "one ");
        exchange.release_request();
    };
    auto client = connect_http2();
    const auto id = client->request(Http2Client::get("/sse"));
    ASSERT_TRUE(client->until([&] { return client->answer(id).body == "one "; }));
    EXPECT_TRUE(running->head().path.empty());
    EXPECT_EQ(running->write("two "), Exchange::WriteState::kOk);
    ASSERT_TRUE(client->until([&] { return client->answer(id).body == "one two "; }));
    EXPECT_FALSE(client->answer(id).ended);
    (void)running->write("three");
    running->finish();
    ASSERT_TRUE(client->finish({id}));
    EXPECT_EQ(client->answer(id).body, "one two three");
    EXPECT_FALSE(client->answer(id).fields.contains("content-length"));
}

TEST_F(Http2ServerTest, SendsNoBodyToHeadAndWithNoContent) {
    auto client = connect_http2();
    auto fields = Http2Client::get("/a");
    fields[0].second = "HEAD";
    const auto answer = client->ask(fields);
    EXPECT_EQ(answer.fields.at("content-length"), "8");
    EXPECT_EQ(answer.body, "");
    application_.serve = [](Exchange& exchange) { exchange.respond(Response{.status = 204}); };
    const auto empty = client->ask(Http2Client::get("/a"));
    EXPECT_EQ(empty.status(), "204");
    EXPECT_FALSE(empty.fields.contains("content-length"));
}

TEST_F(Http2ServerTest, WritesFieldsOfTheResponseButNotItsFraming) {
    application_.serve = [](Exchange& exchange) {
        exchange.respond({.status = 200,
                          .headers = {{"X-A", " b "},
                                      {"Content-Length", "999"},
                                      {"Transfer-Encoding", "chunked"},
                                      {"Connection", "upgrade"},
                                      {"X-Split", "a\r\nX-Evil: 1"}},
                          .body = "ok"});
    };
    auto client = connect_http2();
    const auto answer = client->ask(Http2Client::get("/a"));
    EXPECT_EQ(answer.fields.at("x-a"), "b");
    EXPECT_EQ(answer.fields.at("content-length"), "2");
    EXPECT_EQ(answer.fields.size(), 4U);
}

TEST_F(Http2ServerTest, CarriesBigBodiesBothWays) {
    std::string body(1'000'000, ' ');
    for (std::size_t i = 0; i < body.size(); ++i) {
        body[i] = static_cast<char>('a' + i % 23);
    }
    auto client = connect_http2();
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 8; ++i) {
        ids.push_back(client->request(Http2Client::post("/b"), body));
    }
    ASSERT_TRUE(client->finish(ids));
    for (const auto id : ids) {
        EXPECT_TRUE(client->answer(id).body == "POST /b " + body);
    }
}

TEST_F(Http2ServerTest, RefusesBodiesAboveTheBoundWithAndWithoutALength) {
    application_.judge = [](Exchange&) { return HeadVerdict{.max_body = 100}; };
    auto client = connect_http2();
    auto fields = Http2Client::post("/b");
    fields.emplace_back("content-length", "101");
    EXPECT_EQ(client->ask(fields, std::string(101, 'x')).status(), "413");
    EXPECT_EQ(client->ask(Http2Client::post("/b"), std::string(101, 'x')).status(), "413");
    const auto id = client->open(Http2Client::post("/b"));
    client->more(id, std::string(101, 'x'));
    ASSERT_TRUE(client->until([&] { return client->answer(id).closed.has_value(); }));
    EXPECT_EQ(client->answer(id).status(), "413");
    EXPECT_EQ(client->answer(id).reset, NGHTTP2_NO_ERROR);
    EXPECT_EQ(application_.requests, 0);
    EXPECT_EQ(client->ask(Http2Client::post("/b"), std::string(100, 'x')).status(), "200");
}

TEST_F(Http2ServerTest, RefusesBeforeTheBodyWhatTheApplicationRefuses) {
    application_.judge = [](Exchange&) {
        return HeadVerdict{.proceed = false, .refusal = text_response(401, "who are you")};
    };
    auto client = connect_http2();
    const auto id = client->open(Http2Client::post("/p"));
    ASSERT_TRUE(client->until([&] { return client->answer(id).closed.has_value(); }));
    EXPECT_EQ(client->answer(id).status(), "401");
    EXPECT_EQ(client->answer(id).body, "who are you");
    EXPECT_EQ(client->answer(id).reset, NGHTTP2_NO_ERROR);
    EXPECT_EQ(application_.requests, 0);
}

TEST_F(Http2ServerTest, InvitesABodyThatTheClientHoldsBack) {
    auto client = connect_http2();
    auto fields = Http2Client::post("/p");
    fields.emplace_back("expect", "100-continue");
    const auto id = client->open(fields);
    ASSERT_TRUE(client->until([&] { return client->answer(id).continued; }));
    client->more(id, "hi");
    client->end(id);
    ASSERT_TRUE(client->finish({id}));
    EXPECT_EQ(client->answer(id).body, "POST /p hi");
    fields.back().second = "magic";
    EXPECT_EQ(client->ask(fields, "hi").status(), "417");
}

TEST_F(Http2ServerTest, CancelledStreamIsClosedAndOthersGoOn) {
    std::vector<Exchange*> open;
    std::string closed;
    application_.serve = [&](Exchange& exchange) {
        exchange.retain();
        exchange.on_closed = [&closed, path = std::string(exchange.head().path)] {
            closed += path;
        };
        open.push_back(&exchange);
        exchange.start({.status = 200, .content_length = -1}, "begin");
    };
    auto client = connect_http2();
    const auto first = client->request(Http2Client::get("/a"));
    const auto second = client->request(Http2Client::get("/b"));
    ASSERT_TRUE(client->until([&] { return client->answer(second).body == "begin"; }));
    client->cancel(first);
    ASSERT_TRUE(client->until([&] { return !closed.empty(); }));
    EXPECT_EQ(closed, "/a");
    open[1]->finish();
    ASSERT_TRUE(client->finish({second}));
    EXPECT_EQ(closed, "/a");
}

TEST_F(Http2ServerTest, AbortResetsTheStreamAfterWhatWasWrittenAndNotTheConnection) {
    application_.serve = [](Exchange& exchange) {
        exchange.start({.status = 200, .content_length = -1}, "part");
        exchange.abort();
    };
    auto client = connect_http2();
    const auto cut = client->ask(Http2Client::get("/a"));
    EXPECT_EQ(cut.reset, NGHTTP2_INTERNAL_ERROR);
    EXPECT_EQ(cut.body, "part");
    EXPECT_FALSE(cut.ended);
    application_.serve = [](Exchange& exchange) { exchange.abort(); };
    EXPECT_EQ(client->ask(Http2Client::get("/a")).reset, NGHTTP2_INTERNAL_ERROR);
    application_.serve = nullptr;
    EXPECT_EQ(client->ask(Http2Client::get("/a")).status(), "200");
}

TEST_F(Http2ServerTest, BodiesOtherThanPromisedAreCut) {
    auto client = connect_http2();
    application_.serve = [](Exchange& exchange) {
        exchange.start({.status = 200, .content_length = 3}, "ab");
        exchange.finish();
    };
    EXPECT_EQ(client->ask(Http2Client::get("/a")).reset, NGHTTP2_INTERNAL_ERROR);
    application_.serve = [](Exchange& exchange) {
        exchange.start({.status = 200, .content_length = 3}, "ab");
        EXPECT_EQ(exchange.write("cd"), Exchange::WriteState::kClosed);
    };
    EXPECT_EQ(client->ask(Http2Client::get("/a")).reset, NGHTTP2_INTERNAL_ERROR);
}

TEST_F(Http2ServerTest, ThrowingApplicationCostsItsStreamOnly) {
    application_.serve = [](Exchange& exchange) {
        if (exchange.head().path == "/late") {
            exchange.start({.status = 200, .content_length = -1}, "x");
        }
        throw std::runtime_error("bug");
    };
    auto client = connect_http2();
    EXPECT_EQ(client->ask(Http2Client::get("/a")).status(), "500");
    EXPECT_EQ(client->ask(Http2Client::get("/late")).reset, NGHTTP2_INTERNAL_ERROR);
    application_.serve = nullptr;
    EXPECT_EQ(client->ask(Http2Client::get("/a")).status(), "200");
}

TEST_F(Http2ServerTest, SlowStreamIsBoundedAndBlocksNoOther) {
    Exchange* slow = nullptr;
    std::size_t written = 0;
    int drained = 0;
    const std::string block(32 * 1024, 'x');
    const auto fill = [&] {
        auto state = Exchange::WriteState::kOk;
        while (state == Exchange::WriteState::kOk) {
            state = slow->write(block);
            written += block.size();
        }
        EXPECT_EQ(state, Exchange::WriteState::kFull);
    };
    application_.serve = [&](Exchange& exchange) {
        if (exchange.head().path != "/slow") {
            exchange.respond(text_response(200, "quick"));
            return;
        }
        slow = &exchange;
        exchange.on_drained = [&] {
            ++drained;
            fill();
        };
        exchange.start({.status = 200, .content_length = -1}, {});
        fill();
    };
    auto client = connect_http2();
    client->open_windows = false;
    const auto id = client->request(Http2Client::get("/slow"));
    client->settle();
    EXPECT_LT(written, 512U * 1024U);
    EXPECT_EQ(client->answer(id).body.size(), 65'535U);
    nghttp2_submit_window_update(client->session(), 0, 0, 1 << 20);
    EXPECT_EQ(client->ask(Http2Client::get("/quick")).body, "quick");
    const auto before = drained;
    nghttp2_submit_window_update(client->session(), 0, id, 1 << 19);
    ASSERT_TRUE(client->until([&] { return drained > before; }));
    client->cancel(id);
    client->settle();
    server_.reset();
}

TEST_F(Http2ServerTest, ForwardedHostAndAddressCountFromTrustedProxiesOnly) {
    std::string seen;
    application_.serve = [&](Exchange& exchange) {
        seen = std::string(exchange.client_ip()) + " " + std::string(exchange.head().host);
        exchange.respond(text_response(200, "ok"));
    };
    auto fields = Http2Client::get("/a");
    fields.emplace_back("x-forwarded-for", "192.0.2.7");
    fields.emplace_back("x-forwarded-host", "public.example");
    (void)connect_http2()->ask(fields);
    EXPECT_EQ(seen, "127.0.0.1 gw");
    restart({.trusted_proxies = {*net::CidrBlock::parse("127.0.0.1/32")}});
    (void)connect_http2()->ask(fields);
    EXPECT_EQ(seen, "192.0.2.7 public.example");
    fields.back().second = "two, hosts";
    EXPECT_EQ(connect_http2()->ask(fields).status(), "400");
}

TEST_F(Http2ServerTest, StreamsCountAsConnections) {
    restart({.max_connections = 3});
    std::vector<Exchange*> open;
    application_.serve = [&](Exchange& exchange) {
        exchange.retain();
        open.push_back(&exchange);
    };
    auto client = connect_http2();
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(client->request(Http2Client::get("/a")));
    }
    ASSERT_TRUE(client->until([&] { return open.size() == 3; }));
    const auto refused = client->ask(Http2Client::get("/a"));
    EXPECT_EQ(refused.status(), "503");
    EXPECT_EQ(refused.fields.at("retry-after"), "1");
    auto second = connect_tls();
    EXPECT_FALSE(second.handshake());
    for (auto* const exchange : open) {
        exchange->respond(text_response(200, "ok"));
    }
    ASSERT_TRUE(client->finish(ids));
    application_.serve = nullptr;
    EXPECT_EQ(connect_http2()->ask(Http2Client::get("/a")).status(), "200");
}

TEST_F(Http2ServerTest, ClosesWhenTheServerGoesAndTellsEveryStream) {
    int closed = 0;
    application_.serve = [&](Exchange& exchange) {
        exchange.retain();
        exchange.on_closed = [&] { ++closed; };
    };
    auto client = connect_http2();
    for (int i = 0; i < 5; ++i) {
        (void)client->request(Http2Client::get("/a"));
    }
    ASSERT_TRUE(client->until([&] { return application_.requests == 5; }));
    server_.reset();
    EXPECT_EQ(closed, 5);
}

TEST_F(Http2ServerTest, ClientThatLeavesEndsItsStreams) {
    int closed = 0;
    application_.serve = [&](Exchange& exchange) {
        exchange.retain();
        exchange.on_closed = [&] { ++closed; };
    };
    auto client = connect_http2();
    (void)client->request(Http2Client::get("/a"));
    ASSERT_TRUE(client->until([&] { return application_.requests == 1; }));
    client->peer().peer().close();
    EXPECT_TRUE(test::turn_until(*loop_, [&] { return closed == 1; }));
    EXPECT_EQ(server_->connections(), 0U);
}

}  // namespace
}  // namespace gatehouse::http
