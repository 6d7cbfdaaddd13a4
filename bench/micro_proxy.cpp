// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/assert.h"
#include "crypto/jwt.h"
#include "crypto/sealer.h"
#include "http/http1_parser.h"
#include "micro_samples.h"
#include "oauth/token_verifier.h"
#include "proxy/session_id.h"
#include "proxy/token_cache.h"
#include "proxy/upstream_head.h"

namespace gatehouse::bench {
namespace {

/// A signing key with the trust that goes with it.
class Issuer {
  public:
    Issuer() {
        auto trust = std::make_shared<oauth::Trust>();
        trust->keys.keys.push_back(key_.public_key());
        trust_ = std::make_unique<oauth::LiveTrust>(std::move(trust));
    }

    [[nodiscard]] std::string token(int number) const {
        const auto now = to_unix_seconds(clock_.now());
        return crypto::sign_jwt(key_, "at+jwt",
                                {{"iss", kOrigin},
                                 {"aud", kMcpUrl},
                                 {"sub", "usr_0123456789abcdef"},
                                 {"client_id", "bench"},
                                 {"jti", fmt::format("token-{}-0123456789abcdef", number)},
                                 {"sid", "con_0123456789abcdef"},
                                 {"iat", now},
                                 {"exp", now + 3600},
                                 {"scope", "todos.read todos.write"}});
    }

    [[nodiscard]] std::vector<std::string> tokens(int count) const {
        std::vector<std::string> made;
        for (int i = 0; i < count; ++i) {
            made.push_back(token(i));
        }
        return made;
    }

    [[nodiscard]] const oauth::LiveTrust& trust() const { return *trust_; }

    [[nodiscard]] const Clock& clock() const { return clock_; }

  private:
    SystemClock clock_;
    crypto::SigningKey key_ = crypto::SigningKey::generate();
    std::unique_ptr<oauth::LiveTrust> trust_;
};

/// Of tokens that were seen before; the argument is how many take turns. Of many, a few push each
/// other out of the cache.
void check_known_token(benchmark::State& state) {
    const Issuer issuer;
    const auto tokens = issuer.tokens(static_cast<int>(state.range(0)));
    proxy::TokenCache cache(issuer.trust());
    const auto now = issuer.clock().now();
    for (const std::string& token : tokens) {
        GATEHOUSE_ASSERT(cache.verify(token, kOrigin, kMcpUrl, now).has_value());
    }
    std::size_t next = 0;
    for (auto _ : state) {
        const std::string& token = tokens[next++ % tokens.size()];
        auto checked = cache.recall(token, kMcpUrl, now);
        if (!checked) {
            checked = cache.verify(token, kOrigin, kMcpUrl, now);
        }
        GATEHOUSE_ASSERT(checked->has_value());
    }
}

void check_new_token(benchmark::State& state) {
    const Issuer issuer;
    const std::string token = issuer.token(1);
    for (auto _ : state) {
        const auto checked = oauth::verify_access_token(
            token, kOrigin, kMcpUrl, issuer.trust().get()->keys, issuer.clock().now());
        GATEHOUSE_ASSERT(checked.has_value());
    }
}

void open_session_id(benchmark::State& state) {
    const SystemClock clock;
    const crypto::Sealer sealer({Secret(std::string(32, 'k'))}, "session");
    const auto sealed =
        proxy::seal_session(sealer, {.server = "bench",
                                     .replica = "0123456789abcdef",
                                     .user = "usr_0123456789abcdef",
                                     .client = "bench",
                                     .connection = "con_0123456789abcdef",
                                     .expires_at = clock.now() + std::chrono::hours{1},
                                     .runtime_id = "0123456789abcdef0123456789abcdef"});
    const proxy::SessionHolder holder{
        .server = "bench", .user = "usr_0123456789abcdef", .client = "bench"};
    for (auto _ : state) {
        const auto session = proxy::open_session(sealer, *sealed, holder, clock.now());
        GATEHOUSE_ASSERT(session.has_value());
    }
}

std::shared_ptr<const catalog::Catalog> one_server() {
    auto catalog = std::make_shared<catalog::Catalog>();
    catalog->public_origin = kOrigin;
    catalog::Server server;
    server.name = "bench";
    server.path = "/bench";
    server.origin = kOrigin;
    server.mcp_path = "/bench/mcp";
    server.mcp_url = kMcpUrl;
    server.runtimes = {"http://127.0.0.1:9000/mcp"};
    server.worker.secrets = {Secret("a worker secret that is long enough")};
    catalog->servers.push_back(std::move(server));
    return catalog;
}

void build_head(benchmark::State& state) {
    const auto catalog = one_server();
    const proxy::RouteTable routes(catalog, std::make_shared<policy::PolicySet>(*catalog), {});
    const proxy::Route* const route = routes.find_server("bench");
    const std::string bytes = call_head(std::string(640, 'a'));
    http::ParsedHead parsed;
    GATEHOUSE_ASSERT(http::parse_request_head(bytes, parsed) == http::ParseStatus::kDone);
    const http::RequestHead head{.method = parsed.method,
                                 .target = parsed.target,
                                 .path = parsed.path,
                                 .query = parsed.query,
                                 .host = parsed.host,
                                 .headers = {parsed.fields.data(), parsed.field_count},
                                 .content_length = parsed.content_length};
    const std::string identity(700, 'a');
    const grants::DownstreamToken token{.value = Secret(std::string(48, 't'))};
    proxy::HeadBuffer out;
    for (auto _ : state) {
        proxy::build_upstream_head(
            out, head, *route, route->replicas.front(),
            {.accept = "application/json, text/event-stream",
             .session_id = "0123456789abcdef0123456789abcdef",
             .request_id = "0123456789abcdef0123456789abcdef",
             .traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
             .token = &token,
             .identity = identity,
             .body_size = 300});
        benchmark::DoNotOptimize(out.view().data());
    }
}

BENCHMARK(check_known_token)->Arg(1)->Arg(2000);
BENCHMARK(check_new_token);
BENCHMARK(open_session_id);
BENCHMARK(build_head);

}  // namespace
}  // namespace gatehouse::bench
