// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "proxy/event_relay.h"
#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

using End = test::FakeExchange::End;

class StreamTest : public test::ProxyFixture {
  protected:
    static std::string event(std::string_view data) {
        return "event: message\ndata: " + std::string(data) + "\n\n";
    }

    static std::string progress() {
        return event(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})");
    }

    test::FakeExchange& open_get() {
        auto given = open_call("");
        given.method = "GET";
        given.headers[2].second = "text/event-stream";
        auto& answer = request(given);
        pool().last().answer(200, kEvents, "", false);
        return answer;
    }

    test::FakeExchange& open_post() {
        auto& answer = request(open_call());
        pool().last().answer(200, kEvents, progress(), false);
        return answer;
    }

    void pass(std::chrono::seconds time) {
        clock_.advance(time);
        application().tick();
        settle();
    }
};

TEST_F(StreamTest, RelaysEventsAtOnceAndUnchanged) {  // H46, H60
    auto& answer = open_post();
    EXPECT_EQ(answer.body_out, progress());
    EXPECT_EQ(answer.content_length, -1);
    EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
    EXPECT_EQ(answer.header("Cache-Control"), "no-cache, no-transform");
    EXPECT_EQ(answer.header("X-Accel-Buffering"), "no");
    pool().last().more("id: 1\r\ndata: a\r\n");
    pool().last().more("data: b\r\n\r\nretry: 5\r\n\r\n");
    pool().last().more("", true);
    EXPECT_EQ(answer.body_out, progress() + "id: 1\r\ndata: a\r\ndata: b\r\n\r\nretry: 5\r\n\r\n");
    EXPECT_EQ(answer.end, End::kFinished);
    EXPECT_EQ(application().open_calls(), 0U);
}

TEST_F(StreamTest, LetsGoOfTheRequestOnceItRuns) {
    auto& answer = open_post();
    EXPECT_TRUE(answer.released);
    pool().last().more(event(kResult), true);
    EXPECT_EQ(answer.body_out, progress() + event(kResult));
    EXPECT_FALSE(journal_.outcomes.back().second.rpc_code.has_value());
    EXPECT_EQ(journal_.outcomes.back().second.is_error, false);
}

TEST_F(StreamTest, RecordsItsStartAndItsEnd) {  // contract 10
    auto& answer = request(open_call());
    std::vector<int> writes;
    journal_.on_entry = [&] { writes.push_back(answer.writes); };
    pool().last().answer(200, kEvents, progress(), false);
    ASSERT_EQ(journal_.outcomes.size(), 1U);
    EXPECT_FALSE(journal_.outcomes.back().second.last);
    pool().last().more(event(R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"m"}})"));
    ASSERT_EQ(journal_.outcomes.size(), 2U);
    EXPECT_TRUE(journal_.outcomes.back().second.last);
    EXPECT_EQ(journal_.outcomes.back().second.rpc_code, -32602);
    pool().last().more("", true);
    EXPECT_EQ(journal_.outcomes.size(), 2U);
    EXPECT_EQ(writes, (std::vector<int>{0, 1}));
}

TEST_F(StreamTest, AnswersAWholeEventInOneWrite) {
    auto& answer = request(open_call());
    pool().last().answer(200, kEvents, event(kResult), true);
    EXPECT_EQ(answer.body_out, event(kResult));
    EXPECT_EQ(answer.writes, 1);
    ASSERT_EQ(journal_.outcomes.size(), 1U);
    EXPECT_EQ(journal_.outcomes.back().second.is_error, false);
}

TEST_F(StreamTest, CutsAStreamWhoseEndCannotBeRecorded) {
    auto& answer = open_post();
    journal_.broken_outcomes = true;
    pool().last().more(event(kResult));
    EXPECT_EQ(answer.end, End::kAborted);
    EXPECT_FALSE(answer.body_out.contains("isError"));
    settle();
    EXPECT_TRUE(pool().last().cancelled);
}

TEST_F(StreamTest, BeginsAListeningStreamWithAComment) {  // rule 28
    EXPECT_EQ(open_get().body_out, ": open\n\n");
    EXPECT_EQ(journal_.intents.back().method, "GET");
}

TEST_F(StreamTest, RelaysARuntimeWithoutListeningStreams) {  // H45
    auto given = open_call("");
    given.method = "GET";
    auto& answer = request(given);
    pool().last().answer(405, {{"Allow", "POST"}}, "");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.header("Allow"), "POST");
}

TEST_F(StreamTest, KeepsSilentStreamsAlive) {  // H61
    auto& answer = open_get();
    pass(std::chrono::seconds{14});
    EXPECT_EQ(answer.body_out, ": open\n\n");
    pass(std::chrono::seconds{2});
    EXPECT_EQ(answer.body_out, ": open\n\n: keep-alive\n\n");
    pool().last().more("data: half");
    pass(std::chrono::seconds{16});
    pool().last().more("\n\n");
    EXPECT_EQ(answer.body_out, ": open\n\n: keep-alive\n\n: keep-alive\n\ndata: half\n\n");
}

TEST_F(StreamTest, SaysNothingInsideAnEvent) {  // H61
    auto& answer = open_get();
    pool().last().more("data: " + std::string(EventRelay::kMaxHeld, 'x'));
    const auto size = answer.body_out.size();
    pass(std::chrono::seconds{60});
    EXPECT_EQ(answer.body_out.size(), size);
}

TEST_F(StreamTest, PausesTheRuntimeForASlowClient) {  // H62
    auto& answer = open_get();
    answer.full = true;
    pool().last().more("data: 1\n\n");
    EXPECT_TRUE(pool().last().paused);
    pass(std::chrono::seconds{16});
    EXPECT_FALSE(answer.body_out.contains("keep-alive"));
    answer.full = false;
    answer.on_drained();
    EXPECT_FALSE(pool().last().paused);
}

TEST_F(StreamTest, EndsWhenTheConnectionIsRevoked) {  // A22, H64
    auto& answer = open_get();
    auto& other = open_post();
    revoke("conn1");
    pass(std::chrono::seconds{1});
    EXPECT_EQ(answer.end, End::kFinished);
    EXPECT_EQ(other.end, End::kFinished);
    for (const auto& sent : pool().sent) {
        EXPECT_TRUE(sent->cancelled);
    }
    EXPECT_TRUE(journal_.outcomes.back().second.last);
    EXPECT_EQ(application().open_calls(), 0U);
}

TEST_F(StreamTest, EndsListeningStreamsAfterTheirTokenExpired) {  // H64
    auto& answer = open_get();
    auto& running = open_post();
    pass(std::chrono::hours{1});
    EXPECT_EQ(answer.end, End::kOpen);
    pass(std::chrono::seconds{62});
    EXPECT_EQ(answer.end, End::kFinished);
    EXPECT_EQ(running.end, End::kOpen);
}

TEST_F(StreamTest, EndsStreamsOfRemovedServers) {  // contract 11
    auto& answer = open_get();
    auto changed = make_catalog();
    changed.servers.pop_back();
    publish(changed);
    pass(std::chrono::seconds{1});
    EXPECT_EQ(answer.end, End::kFinished);
}

TEST_F(StreamTest, EndsStreamsForAShutdown) {
    auto& answer = open_get();
    auto& waiting = request(open_call());
    application().end_streams();
    EXPECT_EQ(answer.end, End::kFinished);
    EXPECT_EQ(waiting.end, End::kOpen);
    EXPECT_EQ(application().open_calls(), 1U);
}

TEST_F(StreamTest, TellsTheClientThatItsAnswerWillNotCome) {  // H65
    auto& answer = open_post();
    pool().last().more("data: half of an ev");
    pool().last().fail(http::UpstreamError::kClosed);
    EXPECT_EQ(answer.end, End::kFinished);
    EXPECT_EQ(
        answer.body_out,
        progress() +
            event(
                R"({"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"The runtime broke off"}})"));
    EXPECT_EQ(journal_.outcomes.back().second.rpc_code, -32603);
    EXPECT_TRUE(journal_.outcomes.back().second.last);
}

TEST_F(StreamTest, LeavesResumingToTheClient) {  // H65
    auto& answer = open_post();
    pool().last().more("id: 5\ndata:\n\n");
    pool().last().fail(http::UpstreamError::kClosed);
    EXPECT_EQ(answer.end, End::kFinished);
    EXPECT_EQ(answer.body_out, progress() + "id: 5\ndata:\n\n");
}

TEST_F(StreamTest, CutsAStreamThatBreaksInsideAnEvent) {
    auto& answer = open_post();
    pool().last().more("data: " + std::string(EventRelay::kMaxHeld, 'x'));
    pool().last().fail(http::UpstreamError::kClosed);
    EXPECT_EQ(answer.end, End::kAborted);
}

TEST_F(StreamTest, CancelsTheRuntimeWhenTheClientLeaves) {  // H48, H49
    auto& answer = open_post();
    answer.leave();
    EXPECT_TRUE(pool().last().cancelled);
    EXPECT_TRUE(journal_.outcomes.back().second.last);
    EXPECT_EQ(journal_.outcomes.back().second.http_status, 200);
    EXPECT_EQ(application().open_calls(), 0U);
}

TEST_F(StreamTest, TakesAModernClientsLeavingForACancellation) {  // H49
    auto given = open_call(
        R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}})");
    given.headers.emplace_back("MCP-Protocol-Version", "2026-07-28");
    given.headers.emplace_back("Mcp-Method", "tools/call");
    given.headers.emplace_back("Mcp-Name", "add");
    auto& answer = request(given);
    pool().last().answer(200, kEvents, progress(), false);
    const auto said = answer.body_out;
    answer.leave();
    EXPECT_TRUE(pool().last().cancelled);
    EXPECT_EQ(answer.body_out, said);
    EXPECT_EQ(pool().sent.size(), 1U);
}

TEST_F(StreamTest, CancelsNothingInALegacyClientsName) {  // H48
    auto& answer = open_post();
    answer.leave();
    // The read ends, and the runtime hears nothing that the client did not say.
    EXPECT_TRUE(pool().last().cancelled);
    EXPECT_EQ(pool().sent.size(), 1U);
    const std::string cancel =
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})";
    (void)request(open_call(cancel));
    ASSERT_EQ(pool().sent.size(), 2U);
    EXPECT_EQ(pool().last().body, cancel);
}

TEST_F(StreamTest, LetsPagesReadStreams) {  // B14
    auto given = open_call();
    given.headers.emplace_back("Origin", "http://localhost:6274");
    auto& answer = request(given);
    pool().last().answer(200, kEvents, progress(), false);
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "http://localhost:6274");
}

TEST(EventRelay, PassesTheSameBytesHoweverTheyAreCut) {
    const std::string stream = "data: 1\r\n\r\n: c\r\n\r\nid: 2\r\ndata: " + std::string(300, 'x') +
                               "\r\n\r\nevent: e\r\n";
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
        EventRelay relay;
        std::string out;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            out += relay.pass(std::string_view(stream).substr(at, piece), false, [](auto) {});
        }
        EXPECT_TRUE(stream.starts_with(out));
        out += relay.pass("", true, [](auto) {});
        EXPECT_EQ(out, stream) << piece;
    }
}

}  // namespace
}  // namespace gatehouse::proxy
