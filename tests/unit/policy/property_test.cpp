// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "policy/evaluator.h"
#include "support/fake_clock.h"
#include "unit/policy/reference.h"

/// Compiled policies and the plain reference decide alike, on random policies and requests.
/// GATEHOUSE_POLICY_CASES sets how many; GATEHOUSE_POLICY_SEED where to begin.
namespace gatehouse::policy {
namespace {

using catalog::ArgumentTest;
using catalog::ArgumentValue;
using catalog::PolicyEffect;
using catalog::PolicyMatch;
using catalog::PolicyRule;
using test::ModelCaller;
using test::ModelDecision;
using test::ModelRequest;
using test::ModelValue;

constexpr std::uint64_t kCases = 200'000;
constexpr int kRequestsOfAPolicy = 40;

std::uint64_t setting(const char* name, std::uint64_t fallback) {
    const char* const text = std::getenv(name);
    return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

/// Everything random.
class Maker {
  public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }

    bool one_in(std::size_t n) { return below(n) == 0; }

    template <std::size_t N>
    std::string pick(const std::array<const char*, N>& from) {
        return from.at(below(N));
    }

    template <std::size_t N>
    std::vector<std::string> some(const std::array<const char*, N>& from, std::size_t most = 3) {
        std::vector<std::string> list(1 + below(most));
        for (auto& entry : list) {
            entry = pick(from);
        }
        return list;
    }

    PolicyRule rule(std::size_t number) {
        static constexpr std::array kEffects{PolicyEffect::kAllow, PolicyEffect::kDeny,
                                             PolicyEffect::kDeny, PolicyEffect::kRequireScope,
                                             PolicyEffect::kShadowDeny};
        PolicyRule rule{.name = "rule-" + std::to_string(number),
                        .effect = kEffects.at(below(kEffects.size())),
                        .scopes = {},
                        .message = {},
                        .when = match()};
        if (rule.effect == PolicyEffect::kRequireScope) {
            rule.scopes = some(kNeededScopes, 2);
        }
        return rule;
    }

    catalog::Catalog catalog() {
        catalog::Catalog catalog;
        catalog::Server server{.name = "s"};
        server.scopes = {"admin", "read", "write"};
        server.default_policy =
            one_in(3) ? catalog::DefaultPolicy::kDeny : catalog::DefaultPolicy::kAllow;
        if (one_in(2)) {
            server.scope_includes = {{"admin", {"write"}}, {"write", {"read"}}};
        }
        const std::size_t rules = below(9);
        for (std::size_t i = 0; i < rules; ++i) {
            (one_in(3) ? catalog.policies : server.policies).push_back(rule(i));
        }
        catalog.servers.push_back(std::move(server));
        return catalog;
    }

    ModelCaller caller() {
        ModelCaller caller{.id = pick(kIds),
                           .name = pick(kNames),
                           .email = pick(kEmails),
                           .client = pick(kClients)};
        if (!one_in(4)) {
            caller.groups = some(kGroups);
        }
        if (!one_in(4)) {
            caller.scopes = some(kScopes);
        }
        caller.source_ip = pick(kAddresses);
        return caller;
    }

    ModelRequest request() {
        ModelRequest request{.method = pick(kMethods)};
        request.kind = kind_of(request.method);
        if (request.method == "completion/complete") {
            static constexpr std::array kKinds{ItemKind::kPrompt, ItemKind::kResource,
                                               ItemKind::kUnclear};
            request.kind = kKinds.at(below(kKinds.size()));
        }
        if (request.kind != ItemKind::kNone) {
            request.item = pick(kItems);
        }
        request.odd_arguments = one_in(20);
        if (!request.odd_arguments && !one_in(4)) {
            fill(request.arguments);
        }
        return request;
    }

    std::map<std::string, Hints> hints() {
        std::map<std::string, Hints> hints;
        for (const char* const item : kItems) {
            if (one_in(2)) {
                auto& known = hints[item];
                for (auto& hint : known) {
                    hint = one_in(4) ? std::nullopt : std::optional(one_in(2));
                }
            }
        }
        return hints;
    }

  private:
    static constexpr std::array kIds{"u1", "u2", "u10"};
    static constexpr std::array kNames{"", "ann", "Bob"};
    static constexpr std::array kEmails{"", "ann@Example.com", "bob@evil.example"};
    static constexpr std::array kClients{"c1", "https://c.example/x"};
    static constexpr std::array kGroups{"staff", "interns", "ops"};
    static constexpr std::array kScopes{"read", "write", "admin", "other"};
    static constexpr std::array kNeededScopes{"read", "write", "admin", "write", "of-nobody"};
    static constexpr std::array kAddresses{"10.1.2.3", "192.0.2.7", "172.16.0.9"};
    static constexpr std::array kMethods{
        "tools/call",          "tools/call", "prompts/get", "resources/read", "resources/subscribe",
        "completion/complete", "tools/list", "initialize",  "tasks/get",      "notifications/x"};
    static constexpr std::array kItems{"get_a",       "get_b", "delete_a", "a",
                                       "caf\xC3\xA9", "",      "file:///a"};
    static constexpr std::array kItemPatterns{"get_*", "delete_a", "*",  "?",     "caf?",
                                              "*_a",   "get_a",    "*a", "g*t_?", "file:*"};
    static constexpr std::array kMethodPatterns{"tools/*",    "tools/call",      "resources/*", "*",
                                                "initialize", "notifications/*", "tasks/get"};
    static constexpr std::array kPointers{"/a", "/b", "/c/d", "/l/0"};
    static constexpr std::array kNumbers{"1", "1.5", "1000.0", "1e3", "-2"};
    static constexpr std::array kTexts{"", "x", "xy", "1", "true"};
    static constexpr std::array kHours{"Mon-Fri 08:00-18:00 UTC", "22:00-06:00", "Sun 00:00-24:00"};

    PolicyMatch match() {
        PolicyMatch when;
        const auto maybe = [&](std::size_t n, std::vector<std::string>& key, auto make) {
            if (one_in(n)) {
                key = make();
            }
        };
        maybe(8, when.users, [&] { return some(std::array{"u1", "u*", "ann", "u?", "nobody"}); });
        maybe(8, when.emails, [&] { return some(std::array{"*@example.com", "bob@*", "*"}); });
        maybe(6, when.groups, [&] { return some(std::array{"staff", "int*", "ops"}); });
        maybe(8, when.clients, [&] { return some(std::array{"c1", "https://*", "*"}); });
        maybe(8, when.scopes, [&] { return some(std::array{"read", "w*", "admin"}); });
        maybe(3, when.tools, [&] { return some(kItemPatterns); });
        maybe(8, when.not_tools, [&] { return some(kItemPatterns); });
        maybe(8, when.resources, [&] { return some(kItemPatterns); });
        maybe(8, when.prompts, [&] { return some(kItemPatterns); });
        maybe(6, when.methods, [&] { return some(kMethodPatterns); });
        maybe(10, when.source_ips, [&] { return some(std::array{"10.0.0.0/8", "192.0.0.0/8"}); });
        maybe(10, when.hours, [&] { return some(kHours); });
        if (one_in(10)) {
            when.annotations.emplace_back(kHintNames.at(below(kHintNames.size())), one_in(2));
        }
        if (one_in(4)) {
            const std::size_t count = 1 + below(2);
            for (std::size_t i = 0; i < count; ++i) {
                when.arguments.push_back({.pointer = pick(kPointers), .tests = {comparison()}});
            }
        }
        return when;
    }

    ArgumentValue scalar() {
        switch (below(4)) {
            case 0:
                return {.kind = ArgumentValue::Kind::kNull, .text = {}};
            case 1:
                return {.kind = ArgumentValue::Kind::kBool, .text = one_in(2) ? "true" : "false"};
            case 2:
                return {.kind = ArgumentValue::Kind::kNumber, .text = pick(kNumbers)};
            default:
                return {.kind = ArgumentValue::Kind::kString, .text = pick(kTexts)};
        }
    }

    ArgumentTest comparison() {
        using Op = ArgumentTest::Op;
        ArgumentTest test{.op = static_cast<Op>(below(9)), .values = {}};
        if (test.op == Op::kExists) {
            test.values = {
                {.kind = ArgumentValue::Kind::kBool, .text = one_in(2) ? "true" : "false"}};
        } else if (test.op == Op::kMatches) {
            test.values = {{.kind = ArgumentValue::Kind::kString, .text = "^x"}};
        } else if (test.op == Op::kEq || test.op == Op::kNe) {
            test.values = {scalar()};
        } else if (test.op == Op::kIn) {
            test.values = {scalar(), scalar()};
        } else {
            test.values = {{.kind = ArgumentValue::Kind::kNumber, .text = pick(kNumbers)}};
        }
        return test;
    }

    ModelValue value() {
        const auto made = scalar();
        return {.kind = static_cast<ModelValue::Kind>(made.kind), .text = made.text};
    }

    void fill(std::map<std::string, ModelValue>& arguments) {
        for (const char* const name : {"/a", "/b"}) {
            if (!one_in(3)) {
                arguments[name] = value();
            }
        }
        for (const auto& [outer, inner] : {std::pair("/c", "/c/d"), std::pair("/l", "/l/0")}) {
            if (one_in(3)) {
                arguments[outer] = value();
            } else if (!one_in(3)) {
                arguments[outer] = {.kind = ModelValue::Kind::kContainer, .text = {}};
                arguments[inner] = value();
            }
        }
    }

    std::mt19937_64 random_;
};

std::string json_of(const ModelValue& value) {
    switch (value.kind) {
        case ModelValue::Kind::kNull:
            return "null";
        case ModelValue::Kind::kString:
            return '"' + value.text + '"';
        default:
            return value.text;
    }
}

/// With what nobody asks about in between.
std::string json_of(const ModelRequest& request) {
    if (request.arguments.empty()) {
        return {};
    }
    std::string json = R"({"z":[{"a":1}],"/a":"x")";
    for (const auto& [pointer, value] : request.arguments) {
        const std::string name = pointer.substr(1);
        if (name.contains('/')) {
            continue;
        }
        json += R"( , ")" + name + R"(":)";
        if (value.kind != ModelValue::Kind::kContainer) {
            json += json_of(value);
        } else if (name == "c") {
            json += R"({"e":0,"d":)" + json_of(request.arguments.at("/c/d")) + "}";
        } else {
            json += "[" + json_of(request.arguments.at("/l/0")) + ",7]";
        }
    }
    return json + "}";
}

class ModelHints final : public HintSource {
  public:
    explicit ModelHints(const std::map<std::string, Hints>& hints) : hints_(hints) {}

    [[nodiscard]] std::optional<Hints> find(std::string_view tool) const override {
        const auto it = hints_.find(std::string(tool));
        return it == hints_.end() ? std::nullopt : std::optional(it->second);
    }

  private:
    const std::map<std::string, Hints>& hints_;
};

ModelDecision to_model(const Decision& decision) {
    static constexpr std::array kNames{"allow", "deny", "require_scope"};
    ModelDecision model{.effect = kNames.at(static_cast<std::size_t>(decision.effect)),
                        .rule = std::string(decision.rule),
                        .shadow = std::string(decision.shadow),
                        .missing = {},
                        .hidden = decision.face != Face::kVisible};
    model.missing.assign(decision.missing_scopes.begin(), decision.missing_scopes.end());
    return model;
}

std::string describe(const ModelRequest& request, const ModelDecision& decision) {
    std::string text = request.method + " " + request.item + " " + json_of(request) + ": " +
                       decision.effect + " by " + decision.rule + " shadow " + decision.shadow +
                       (decision.hidden ? " hidden" : "");
    for (const auto& scope : decision.missing) {
        text += " " + scope;
    }
    return text;
}

/// The requests of one policy, by one loop that remembers.
void check_policy(Maker& maker, Evaluator& evaluator) {
    const auto catalog = maker.catalog();
    const auto set = std::make_shared<const PolicySet>(catalog);
    const Policy* const policy = set->find("s");
    const auto known = maker.hints();
    const ModelHints hints(known);
    std::vector<ModelCaller> callers;
    std::vector<CallerKey> keys;
    for (int i = 0; i < 4; ++i) {
        callers.push_back(maker.caller());
        keys.push_back({.token = std::make_shared<int>(i), .person = nullptr});
    }
    for (int i = 0; i < kRequestsOfAPolicy; ++i) {
        const auto request = maker.request();
        const std::size_t number = maker.below(callers.size());
        const auto& caller = callers[number];
        const Timestamp now{std::chrono::minutes{29'700'000 + maker.below(10'080)}};
        const auto expected = test::reference_decide(
            {.catalog = catalog, .server = catalog.servers.front(), .hints = known, .now = now},
            caller, request);
        ModelDecision found;
        if (policy != nullptr) {
            std::string json = json_of(request);
            const std::size_t size = json.size();
            json.append(64, '\0');
            const Caller who{.id = caller.id,
                             .name = caller.name,
                             .email = caller.email,
                             .groups = caller.groups,
                             .client = caller.client,
                             .scopes = caller.scopes};
            const Situation situation{.source_ip = caller.source_ip, .now = now, .hints = &hints};
            found = to_model(
                evaluator.decide(evaluator.enter(set, *policy, keys[number], who, situation),
                                 {.method = request.method,
                                  .kind = request.kind,
                                  .item = request.item,
                                  .arguments = std::string_view(json).substr(0, size),
                                  .odd_arguments = request.odd_arguments}));
        }
        ASSERT_EQ(found, expected) << "found    " << describe(request, found) << "\nexpected "
                                   << describe(request, expected);
    }
}

TEST(Policy, DecidesLikeThePlainReference) {
    const std::uint64_t cases = setting("GATEHOUSE_POLICY_CASES", kCases);
    const std::uint64_t seed = setting("GATEHOUSE_POLICY_SEED", 1);
    Evaluator evaluator;
    for (std::uint64_t i = 0; i * kRequestsOfAPolicy < cases; ++i) {
        Maker maker(seed + i);
        check_policy(maker, evaluator);
        if (testing::Test::HasFatalFailure()) {
            FAIL() << "GATEHOUSE_POLICY_SEED=" << seed + i;
        }
    }
}

}  // namespace
}  // namespace gatehouse::policy
