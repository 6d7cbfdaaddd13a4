// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "base/assert.h"
#include "mcp/message.h"
#include "policy/evaluator.h"
#include "policy/list_filter.h"

namespace gatehouse::bench {
namespace {

using catalog::PolicyEffect;
using catalog::PolicyRule;

/// Of all kinds that people write (as bench/harness/configuration.py makes them); none refuses the
/// call, and one has to look into its arguments.
PolicyRule rule(std::int64_t number) {
    const std::string text = std::to_string(number);
    PolicyRule made{.name = "rule-" + text,
                    .effect = PolicyEffect::kDeny,
                    .scopes = {},
                    .message = {},
                    .when = {}};
    auto& when = made.when;
    switch (number % 6) {
        case 0:
            when.tools = {"get_weather"};
            when.arguments = {{.pointer = "/days",
                               .tests = {{.op = catalog::ArgumentTest::Op::kGt,
                                          .values = {{.kind = catalog::ArgumentValue::Kind::kNumber,
                                                      .text = "30"}}}}}};
            if (number != 0) {
                when.tools = {"transfer_" + text};
            }
            break;
        case 1:
            when.groups = {"interns-" + text};
            when.tools = {"*"};
            when.not_tools = {"get_*", "list_*"};
            break;
        case 2:
            when.tools = {"admin_" + text + "_*", "delete_" + text};
            break;
        case 3:
            made.effect = PolicyEffect::kRequireScope;
            made.scopes = {"todos.write"};
            when.tools = {"write_" + text, "create_" + text + "_*"};
            break;
        case 4:
            made.effect = PolicyEffect::kShadowDeny;
            when.emails = {"person-" + text + "@example.net"};
            when.methods = {"tools/call"};
            break;
        default:
            when.clients = {"client-" + text};
            when.tools = {"report_" + text};
            break;
    }
    return made;
}

catalog::Catalog catalog_with(std::int64_t rules) {
    catalog::Catalog catalog;
    catalog::Server server{.name = "bench", .title = {}};
    server.scopes = {"todos.write"};
    for (std::int64_t i = 0; i < rules; ++i) {
        server.policies.push_back(rule(i));
    }
    catalog.servers.push_back(std::move(server));
    return catalog;
}

struct Asking {
    explicit Asking(std::int64_t rules)
        : set(std::make_shared<policy::PolicySet>(catalog_with(rules))) {}

    std::shared_ptr<const policy::PolicySet> set;
    policy::CallerKey key{.token = std::make_shared<int>(1), .person = std::make_shared<int>(2)};
    std::vector<std::string> groups{"engineering", "staff"}, scopes{"todos.read"};
    policy::Caller who{.id = "usr_0123456789abcdef",
                       .name = "ada",
                       .email = "ada@example.com",
                       .groups = groups,
                       .client = "bench",
                       .scopes = scopes};
    policy::Situation situation{.source_ip = "192.0.2.1", .now = Timestamp()};
    policy::Evaluator evaluator;
};

void decide_call(benchmark::State& state) {
    Asking asking(state.range(0));
    std::string arguments = R"({"city":"Paris","units":"metric","days":3,"note":"a short answer"})";
    const std::size_t size = arguments.size();
    arguments.append(mcp::kPadding, '\0');
    const policy::Request request{.method = "tools/call",
                                  .kind = policy::ItemKind::kTool,
                                  .item = "get_weather",
                                  .arguments = std::string_view(arguments).substr(0, size)};
    for (auto _ : state) {
        const auto view = asking.evaluator.enter(asking.set, *asking.set->find("bench"), asking.key,
                                                 asking.who, asking.situation);
        const auto decision = asking.evaluator.decide(view, request);
        GATEHOUSE_ASSERT(decision.effect == policy::Effect::kAllow);
    }
}

void compile_rules(benchmark::State& state) {
    const auto catalog = catalog_with(state.range(0));
    for (auto _ : state) {
        benchmark::DoNotOptimize(policy::PolicySet(catalog).find("bench"));
    }
}

class Judge final : public policy::ListJudge {
  public:
    explicit Judge(Asking& asking)
        : asking_(asking),
          view_(asking.evaluator.enter(
              asking.set, *asking.set->find("bench"), asking.key, asking.who, asking.situation)) {}

    [[nodiscard]] bool hides(policy::ItemKind kind,
                             std::string_view name,
                             const policy::Hints& /*hints*/) override {
        return asking_.evaluator.hides(view_, kind, name);
    }

  private:
    Asking& asking_;
    policy::Evaluator::View view_;
};

/// A list of 1,000 tools, half of them hidden by 50 rules.
void cut_list(benchmark::State& state) {
    Asking asking(50);
    std::string json = R"({"jsonrpc":"2.0","id":1,"result":{"tools":[)";
    for (int i = 0; i < 1000; ++i) {
        json += i == 0 ? "" : ",";
        json += R"({"name":")" + std::string(i % 2 == 0 ? "admin_2_" : "get_") + std::to_string(i) +
                R"(","description":")" + std::string(120, 'd') +
                R"(","inputSchema":{"type":"object","properties":{"city":{"type":"string"}}}})";
    }
    json += "]}}";
    policy::ListFilter filter;
    Judge judge(asking);
    std::string out;
    for (auto _ : state) {
        GATEHOUSE_ASSERT(filter.filter(json, judge, out) == policy::Filtered::kChanged);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(json.size()) * state.iterations());
}

BENCHMARK(decide_call)->Arg(5)->Arg(50)->Arg(500);
BENCHMARK(compile_rules)->Arg(5)->Arg(500);
BENCHMARK(cut_list);

}  // namespace
}  // namespace gatehouse::bench
