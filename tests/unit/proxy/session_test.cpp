// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "proxy/session_cache.h"
#include "support/proxy_fixture.h"

namespace gatehouse::proxy {
namespace {

class SessionTest : public test::ProxyFixture {
  protected:
    static constexpr std::string_view kInitialize =
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}})";
    static constexpr std::string_view kWelcome =
        R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{}}})";

    std::string open_session_id() {
        auto& answer = request(open_call(std::string(kInitialize)));
        pool().last().answer(
            200, {{"Content-Type", "application/json"}, {"mcp-session-id", "rt-1"}}, kWelcome);
        return answer.header("Mcp-Session-Id");
    }

    test::FakeExchange::Given with_session(const std::string& id, std::string method = "POST") {
        auto given = open_call();
        given.method = std::move(method);
        given.headers.emplace_back("Mcp-Session-Id", id);
        return given;
    }
};

TEST_F(SessionTest, SealsTheRuntimesId) {  // H42
    const auto id = open_session_id();
    ASSERT_NE(id, "");
    EXPECT_FALSE(id.contains("rt-1"));
    auto& answer = request(with_session(id));
    ASSERT_EQ(pool().sent.size(), 2U);
    EXPECT_EQ(pool().last().field("Mcp-Session-Id"), "rt-1");
    EXPECT_EQ(journal_.intents.back().revision, "2025-06-18");  // H40
    pool().last().answer(200, {{"Content-Type", "application/json"}, {"mcp-session-id", "rt-1"}},
                         kResult);
    EXPECT_EQ(answer.header("Mcp-Session-Id"), id);
}

TEST_F(SessionTest, SealsTheIdOfAnInitializeAnsweredAsEvents) {
    auto& answer = request(open_call(std::string(kInitialize)));
    auto& sent = pool().last();
    sent.answer(200, {{"Content-Type", "text/event-stream"}, {"mcp-session-id", "rt-1"}}, "",
                false);
    EXPECT_EQ(answer.writes, 0);
    const std::string event = "event: message\r\ndata: " + std::string(kWelcome) + "\r\n\r\n";
    sent.more(event.substr(0, 30));
    EXPECT_EQ(answer.writes, 0);
    sent.more(event.substr(30));
    EXPECT_EQ(answer.writes, 1);
    sent.more("", true);
    EXPECT_EQ(answer.body_out, event);
    (void)request(with_session(answer.header("Mcp-Session-Id")));
    EXPECT_EQ(journal_.intents.back().revision, "2025-06-18");
}

TEST_F(SessionTest, IgnoresTheIdOnInitialize) {  // H43
    auto given = with_session("bogus");
    given.body = kInitialize;
    (void)request(given);
    ASSERT_EQ(pool().sent.size(), 1U);
    EXPECT_EQ(pool().last().field("Mcp-Session-Id"), "");
}

TEST_F(SessionTest, KnowsNoForeignOrUnknownSession) {  // H42, H96
    const auto id = open_session_id();
    const auto sent = pool().sent.size();
    auto altered = id;
    altered[20] = altered[20] == 'A' ? 'B' : 'A';
    std::string body;
    const auto expect_unknown = [&](test::FakeExchange::Given given) {
        const auto& answer = request(std::move(given));
        EXPECT_EQ(answer.status, 404);
        EXPECT_TRUE(answer.body_out.contains("-31005"));
        EXPECT_TRUE(body.empty() || body == answer.body_out);
        body = answer.body_out;
        EXPECT_EQ(pool().sent.size(), sent);
        EXPECT_TRUE(pool("todo").sent.empty());
    };
    for (const std::string& value : {std::string("bogus"), std::string(), altered, id + "A",
                                     std::string("rt-1"), std::string(9000, 'A')}) {
        expect_unknown(with_session(value));
    }
    const auto as = [&](std::string_view claim, std::string_view value) {
        auto changed = claims();
        changed["aud"] = "https://mcp.example.com/open/mcp";
        changed["jti"] = "other";
        changed[claim] = value;
        auto given = with_session(id);
        given.headers.front().second = "Bearer " + token(changed);
        return given;
    };
    expect_unknown(as("sub", "bob"));
    expect_unknown(as("client_id", "c2"));
    auto elsewhere = call(token(claims()));
    elsewhere.headers.emplace_back("Mcp-Session-Id", id);
    expect_unknown(elsewhere);
    clock_.advance(std::chrono::hours{24 * 8});
    expect_unknown(with_session(id));
}

TEST_F(SessionTest, AsksWhoseItIsAlsoWhenItRemembersTheId) {  // H42
    const Session mine{.server = "open",
                       .user = "u1",
                       .client = "c1",
                       .expires_at = clock_.now() + std::chrono::hours{1},
                       .runtime_id = "rt"};
    const auto sealed = seal_session(sealer_, mine);
    ASSERT_TRUE(sealed.has_value());
    SessionCache cache(sealer_);
    const SessionHolder holder{.server = "open", .user = "u1", .client = "c1"};
    const auto first = cache.open(*sealed, holder, clock_.now());
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->runtime_id, "rt");
    EXPECT_EQ(first->sealed, *sealed);
    EXPECT_EQ(cache.open(*sealed, holder, clock_.now()), first);
    for (const SessionHolder& other :
         {SessionHolder{.server = "todo", .user = "u1", .client = "c1"},
          SessionHolder{.server = "open", .user = "u2", .client = "c1"},
          SessionHolder{.server = "open", .user = "u1", .client = "c2"}}) {
        EXPECT_EQ(cache.open(*sealed, other, clock_.now()), nullptr);
    }
    auto altered = *sealed;
    altered[20] = altered[20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(cache.open(altered, holder, clock_.now()), nullptr);
    EXPECT_EQ(cache.open(*sealed, holder, clock_.now() + std::chrono::hours{1}), nullptr);
}

TEST_F(SessionTest, ForgetsOldIdsWhenThereAreTooMany) {
    SessionCache cache(sealer_);
    const SessionHolder holder{.server = "s", .user = "u", .client = "c"};
    SharedSession last;
    for (int i = 0; i < 6000; ++i) {
        const auto sealed =
            seal_session(sealer_, {.server = "s",
                                   .user = "u",
                                   .client = "c",
                                   .expires_at = clock_.now() + std::chrono::hours{1},
                                   .runtime_id = "rt"});
        last = cache.open(*sealed, holder, clock_.now());
        ASSERT_NE(last, nullptr);
    }
    EXPECT_EQ(cache.open(last->sealed, holder, clock_.now()), last);
}

TEST_F(SessionTest, KnowsNoSessionOfARemovedReplica) {
    const auto id = open_session_id();
    auto changed = make_catalog();
    changed.servers.back().runtimes = {"http://127.0.0.1:9009/mcp"};
    publish(changed);
    EXPECT_EQ(request(with_session(id)).status, 404);
}

TEST_F(SessionTest, StaysWithItsReplicaWhenTheListIsReordered) {
    const auto id = open_session_id();
    auto changed = make_catalog();
    changed.servers.back().runtimes = {"http://127.0.0.1:9009/mcp", "http://127.0.0.1:9001/mcp"};
    publish(changed);
    (void)request(with_session(id));
    ASSERT_EQ(pool("open", 1).sent.size(), 1U);
    EXPECT_EQ(pool("open", 1).last().field("Host"), "127.0.0.1:9001");
}

TEST_F(SessionTest, EndsASession) {  // H44, rule 27
    for (const auto& [runtime, relayed, dead] :
         {std::tuple{200, 200, true}, std::tuple{204, 204, true}, std::tuple{404, 200, true},
          std::tuple{405, 405, false}}) {
        const auto id = open_session_id();
        auto given = with_session(id, "DELETE");
        given.body.clear();
        auto& answer = request(given);
        EXPECT_TRUE(pool().last().request_line().starts_with("DELETE "));
        EXPECT_EQ(pool().last().field("Mcp-Session-Id"), "rt-1");
        pool().last().answer(runtime, {}, "");
        EXPECT_EQ(answer.status, relayed);
        const auto sent = pool().sent.size();
        const auto& after = request(with_session(id));
        EXPECT_EQ(pool().sent.size(), dead ? sent : sent + 1);
        EXPECT_EQ(after.status, dead ? 404 : 0);
    }
}

TEST_F(SessionTest, ForwardsEventIdsInsideASessionOnly) {  // H45
    auto given = with_session(open_session_id(), "GET");
    given.body.clear();
    given.headers.emplace_back("Last-Event-ID", "5");
    (void)request(given);
    EXPECT_EQ(pool().last().field("Last-Event-ID"), "5");
}

TEST_F(SessionTest, GivesNoIdForOneThatTheRuntimeMadeUpLater) {
    auto& answer = request(open_call());
    pool().last().answer(200, {{"Content-Type", "application/json"}, {"mcp-session-id", "rt-9"}},
                         kResult);
    EXPECT_EQ(answer.header("Mcp-Session-Id"), "");
}

TEST_F(SessionTest, LeavesModernRequestsWithoutSession) {  // H28
    auto given = with_session("bogus");
    given.body =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}})";
    given.headers.emplace_back("MCP-Protocol-Version", "2026-07-28");
    given.headers.emplace_back("Mcp-Method", "tools/list");
    (void)request(given);
    ASSERT_EQ(pool().sent.size(), 1U);
    EXPECT_EQ(pool().last().field("Mcp-Session-Id"), "");
}

TEST_F(SessionTest, RefusesRuntimeIdsThatCouldConfuse) {
    const Session session{.server = "s", .user = "u", .client = "c", .runtime_id = "ok"};
    EXPECT_TRUE(seal_session(sealer_, session).has_value());
    for (const std::string& id : {std::string(), std::string("a b"), std::string("a\nb"),
                                  std::string(2000, 'a'), std::string("\xC3\xA4")}) {
        auto odd = session;
        odd.runtime_id = id;
        EXPECT_FALSE(seal_session(sealer_, odd).has_value());
    }
    auto odd = session;
    odd.client = "c\nx";
    EXPECT_FALSE(seal_session(sealer_, odd).has_value());
}

}  // namespace
}  // namespace gatehouse::proxy
