// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <new>

#include "audit/journal.h"
#include "proxy/route_table.h"
#include "proxy/session_id.h"
#include "support/fake_clock.h"
#include "support/proxy_fixture.h"
#include "support/quiet_engine.h"
#include "support/temp_dir.h"

namespace {

thread_local std::size_t allocations = 0;
thread_local std::ptrdiff_t live_bytes = 0;

std::ptrdiff_t size_of(void* memory) {
    return static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
}

}  // namespace

// The whole test program counts; only this file looks at the number.
void* operator new(std::size_t size) {
    ++allocations;
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    live_bytes += size_of(memory);
    return memory;
}

void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    ++allocations;
    void* const memory = std::malloc(size == 0 ? 1 : size);
    live_bytes += memory == nullptr ? 0 : size_of(memory);
    return memory;
}

void operator delete(void* memory) noexcept {
    live_bytes -= size_of(memory);
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    live_bytes -= size_of(memory);
    std::free(memory);
}

namespace gatehouse::proxy {
namespace {

/// Everything is on: token, sealed session, downstream token, identity with a signed statement,
/// arguments in the records, and the real journal.
class AllocationTest : public test::ProxyFixture {
  protected:
    AllocationTest() {
        give_grant("a downstream token that is not short");
        auto changed = make_catalog();
        changed.servers.front().worker.secret_header = "X-Gateway-Worker-Secret";
        publish(std::move(changed));
        ready_ = audit::prepare_journal(options_).has_value();
    }

    Parts parts() {
        Parts given = make_parts();
        return {.catalog = given.catalog,
                .trust = given.trust,
                .grants = given.grants,
                .ended_grants = given.ended_grants,
                .journal = files_,
                .sessions = given.sessions,
                .ended_sessions = given.ended_sessions,
                .budgets = given.budgets,
                .pauses = given.pauses,
                .clock = given.clock,
                .pool_for = [this](const catalog::Server&, std::size_t) -> http::UpstreamPool& {
                    return quiet_pool_;
                },
                .run_on_worker = given.run_on_worker,
                .post = given.post,
                .load_user = given.load_user,
                .sign = given.sign,
                .control = given.control,
                .health = given.health,
                .ready = given.ready,
                .listen_hosts = given.listen_hosts,
                .limits = given.limits};
    }

    std::string request_head(std::string_view body, std::string_view method = "POST") {
        const auto session =
            seal_session(sealer_, {.server = "todo",
                                   .replica = mark_of_todo(),
                                   .user = "u1",
                                   .client = "c1",
                                   .connection = "conn1",
                                   .expires_at = clock_.now() + std::chrono::hours{1},
                                   .runtime_id = "0123456789abcdef0123456789abcdef"});
        return std::string(method) +
               " /todo/mcp HTTP/1.1\r\nHost: mcp.example.com\r\nAuthorization: Bearer " +
               token(claims()) +
               "\r\nContent-Type: application/json\r\nAccept: application/json, "
               "text/event-stream\r\n"
               "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " +
               *session +
               "\r\nUser-Agent: client/1.0\r\nAccept-Encoding: gzip, br\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n";
    }

    std::string mark_of_todo() {
        const auto catalog = catalog_.get();
        const RouteTable routes(catalog, std::make_shared<policy::PolicySet>(*catalog), {});
        return routes.find_server("todo")->replicas.front().mark;
    }

    void call_once(ProxyApplication& proxy, test::QuietExchange& exchange) {
        exchange.status = 0;
        proxy.on_request(exchange);
        if (!work_.empty() || !posted_.empty()) {
            settle();
        }
        quiet_pool_.answer({.status = 200,
                            .headers = answer_.headers_view(),
                            .content_length = static_cast<std::int64_t>(result_.size())},
                           result_);
    }

    /// Of many kinds; none refuses the call, and one has to look into its arguments.
    static catalog::Catalog with_rules() {
        using catalog::ArgumentTest;
        using catalog::ArgumentValue;
        using catalog::PolicyEffect;
        auto catalog = make_catalog();
        auto& server = catalog.servers.front();
        server.worker.secret_header = "X-Gateway-Worker-Secret";
        const auto add = [&](PolicyEffect effect, catalog::PolicyMatch when) {
            const std::string name = "rule-" + std::to_string(server.policies.size());
            server.policies.push_back(
                {.name = name, .effect = effect, .scopes = {}, .message = {}, .when = when});
        };
        const ArgumentTest above{.op = ArgumentTest::Op::kGt,
                                 .values = {{.kind = ArgumentValue::Kind::kNumber, .text = "30"}}};
        const ArgumentTest like{
            .op = ArgumentTest::Op::kMatches,
            .values = {{.kind = ArgumentValue::Kind::kString, .text = "secret"}}};
        add(PolicyEffect::kDeny, {.tools = {"get_*"},
                                  .arguments = {{.pointer = "/days", .tests = {above}},
                                                {.pointer = "/note", .tests = {like}}}});
        while (server.policies.size() < 50) {
            const std::string number = std::to_string(server.policies.size());
            add(PolicyEffect::kDeny, {.groups = {"interns-" + number}, .tools = {"*"}});
            add(PolicyEffect::kDeny, {.tools = {"admin_" + number + "_*", "delete_" + number}});
            add(PolicyEffect::kShadowDeny,
                {.emails = {"person-" + number + "@example.net"}, .methods = {"tools/call"}});
        }
        add(PolicyEffect::kAllow, {.users = {"u1"}, .source_ips = {"192.0.2.0/24", "::1"}});
        return catalog;
    }

    void expect_no_allocation() {
        ASSERT_TRUE(ready_);
        ProxyApplication proxy(parts());
        test::QuietExchange exchange(request_head(body_), body_);
        for (int i = 0; i < 10; ++i) {
            call_once(proxy, exchange);
            ASSERT_EQ(exchange.status, 200);
            ASSERT_EQ(exchange.answered, result_.size());
        }
        ASSERT_GT(allocations, 0U);
        const auto before = allocations;
        constexpr int kCalls = 1000;
        for (int i = 0; i < kCalls; ++i) {
            call_once(proxy, exchange);
        }
        EXPECT_EQ(allocations - before, 0U);
        EXPECT_EQ(exchange.status, 200);
        EXPECT_EQ(exchange.fields, 5U);
        EXPECT_EQ(proxy.open_calls(), 0U);
    }

    /// The fields of the runtime's answer.
    struct Answer {
        std::array<http::HeaderView, 5> fields{
            http::HeaderView{.name = "date",
                             .value = "Tue, 24 Nov 2026 06:00:00 GMT",
                             .id = http::HeaderId::kDate},
            http::HeaderView{.name = "server", .value = "uvicorn", .id = http::HeaderId::kServer},
            http::HeaderView{.name = "content-type",
                             .value = "application/json",
                             .id = http::HeaderId::kContentType},
            http::HeaderView{.name = "mcp-session-id",
                             .value = "0123456789abcdef0123456789abcdef",
                             .id = http::HeaderId::kMcpSessionId},
            http::HeaderView{
                .name = "content-length", .value = "600", .id = http::HeaderId::kContentLength}};

        [[nodiscard]] std::span<const http::HeaderView> headers_view() const { return fields; }
    };

    test::TempDir folder_;
    audit::JournalOptions options_{.directory = folder_.path()};
    audit::LoopJournal files_{options_, 0, clock_};
    test::QuietUpstreamPool quiet_pool_;
    Answer answer_;
    const std::string body_ =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_weather",)"
        R"("arguments":{"city":"Paris","units":"metric","days":3,"note":"a short plain answer a short plain answer a short plain answer a short plain answer"},)"
        R"("_meta":{"progressToken":"abc-123"}}})";
    const std::string result_ =
        R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":")" +
        std::string(480, 'x') + R"("}],"isError":false}})";
    bool ready_ = false;
};

TEST_F(AllocationTest, AnAuthenticatedCallOnTheUsualPathAllocatesNothing) {
    expect_no_allocation();
}

TEST_F(AllocationTest, FiftyRulesAllocateNothingEither) {
    publish(with_rules());
    expect_no_allocation();
    EXPECT_EQ(users_loaded_.size(), 1U);
}

TEST_F(AllocationTest, AStreamAtRestKeepsLittle) {
    constexpr std::size_t kStreams = 200;
    ProxyApplication proxy(parts());
    const std::string head = request_head("", "GET");
    std::vector<std::unique_ptr<test::QuietExchange>> exchanges;
    for (std::size_t i = 0; i < kStreams + 1; ++i) {
        exchanges.push_back(std::make_unique<test::QuietExchange>(head, ""));
    }
    std::array<http::HeaderView, 2> fields{http::HeaderView{
        .name = "content-type", .value = "text/event-stream", .id = http::HeaderId::kContentType}};
    const auto open = [&](test::QuietExchange& exchange) {
        proxy.on_request(exchange);
        settle();
        quiet_pool_.begin({.status = 200, .headers = fields});
        quiet_pool_.more("event: message\ndata: {\"jsonrpc\":\"2.0\",");
        quiet_pool_.more("\"method\":\"notifications/message\",\"params\":{}}\n\n");
    };
    open(*exchanges.back());
    const auto before = live_bytes;
    for (std::size_t i = 0; i < kStreams; ++i) {
        open(*exchanges[i]);
        ASSERT_EQ(exchanges[i]->status, 200);
    }
    EXPECT_EQ(proxy.open_calls(), kStreams + 1);
    const auto each = (live_bytes - before) / static_cast<std::ptrdiff_t>(kStreams);
    RecordProperty("bytes_each", static_cast<int>(each));
    EXPECT_LT(each, 1100) << "bytes of the heap for a stream";
}

}  // namespace
}  // namespace gatehouse::proxy
