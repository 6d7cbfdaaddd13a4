// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "mcp/message.h"
#include "policy/evaluator.h"
#include "policy/explain.h"
#include "policy/forecast.h"
#include "support/fake_clock.h"
#include "unit/policy/maker.h"

/// Compiled policies and the plain reference decide alike, on random policies and requests that
/// are read from JSON in random spellings. GATEHOUSE_POLICY_CASES sets how many;
/// GATEHOUSE_POLICY_SEED where to begin.
namespace gatehouse::policy {
namespace {

using test::Maker;
using test::ModelCaller;
using test::ModelDecision;
using test::ModelRequest;
using test::ModelValue;
using test::Speller;

constexpr std::uint64_t kCases = 200'000;
// What takes rules apart is much slower than what decides.
constexpr std::uint64_t kSlowCases = 20'000;
constexpr int kRequestsOfAPolicy = 40;

std::uint64_t setting(const char* name, std::uint64_t fallback) {
    const char* const text = std::getenv(name);
    return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
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

std::string describe(const std::string& body, const ModelDecision& decision) {
    std::string text = body + ": " + decision.effect + " by " + decision.rule + " shadow " +
                       decision.shadow + (decision.hidden ? " hidden" : "");
    for (const auto& scope : decision.missing) {
        text += " " + scope;
    }
    return text;
}

Caller to_caller(const ModelCaller& caller) {
    return {.id = caller.id,
            .name = caller.name,
            .email = caller.email,
            .groups = caller.groups,
            .client = caller.client,
            .scopes = caller.scopes};
}

/// Which member of `params` holds the item, and what stands around it.
std::string item_json(Speller& speller, const ModelRequest& request) {
    const std::string item = speller.text(request.item);
    if (request.method != "completion/complete") {
        const char* const member = request.kind == ItemKind::kResource ? "uri" : "name";
        return speller.text(member) + ":" + item;
    }
    switch (request.kind) {
        case ItemKind::kPrompt:
            return R"("ref":{"type":"ref/prompt",)" + speller.text("name") + ":" + item + "}";
        case ItemKind::kResource:
            return R"("ref":{"uri":)" + item + R"(,"type":"ref/resource"})";
        default:
            return R"("ref":{"type":"ref/else","name":)" + item + "}";
    }
}

/// The request as a client could send it.
std::string body_of(Maker& maker, const ModelRequest& request) {
    Speller speller(maker);
    std::vector<std::string> members;
    if (request.kind != ItemKind::kNone) {
        members.push_back(item_json(speller, request));
    }
    // Of completion/complete `argument` is something else, and rules do not look at it.
    if (request.odd_arguments) {
        members.push_back(speller.text("arguments") + R"(:["a"])");
    } else if (!request.arguments.empty()) {
        members.push_back(speller.text("arguments") + ":" + speller.arguments(request.arguments));
    }
    if (maker.one_in(2)) {
        std::ranges::reverse(members);
    }
    std::string params;
    for (const std::string& member : members) {
        params += (params.empty() ? "" : ",") + member + speller.space();
    }
    const bool tells = request.method.starts_with("notifications/");
    return R"({"jsonrpc":"2.0",)" + std::string(tells ? "" : R"("id":1,)") +
           speller.text("method") + ":" + speller.text(request.method) + R"(,"params":{)" + params +
           "}}";
}

std::string padded(std::string text) {
    text.append(mcp::kPadding, '\0');
    return text;
}

/// The message as the pipeline gives it to rules.
Request read_request(const mcp::Message& message) {
    Request request{.method = message.method,
                    .kind = kind_of(message.method),
                    .item = message.item,
                    .arguments = message.arguments,
                    .odd_arguments = message.odd_arguments};
    if (message.reference != mcp::Reference::kNone) {
        request.kind = message.reference == mcp::Reference::kPrompt     ? ItemKind::kPrompt
                       : message.reference == mcp::Reference::kResource ? ItemKind::kResource
                                                                        : ItemKind::kUnclear;
    }
    return request;
}

/// One random policy with who and what it is asked about.
struct World {
    explicit World(Maker& maker)
        : catalog(maker.catalog()),
          set(std::make_shared<const PolicySet>(catalog)),
          policy(set->find("s")),
          known(maker.hints()),
          hints(known) {
        for (int i = 0; i < 4; ++i) {
            callers.push_back(maker.caller());
            keys.push_back({.token = std::make_shared<int>(i), .person = nullptr});
        }
    }

    [[nodiscard]] Situation situation(const ModelCaller& caller, Timestamp now) const {
        return {.source_ip = caller.source_ip, .now = now, .hints = &hints};
    }

    catalog::Catalog catalog;
    std::shared_ptr<const PolicySet> set;
    const Policy* policy;
    std::map<std::string, Hints> known;
    ModelHints hints;
    std::vector<ModelCaller> callers;
    std::vector<CallerKey> keys;
};

Timestamp some_time(Maker& maker) {
    return Timestamp{std::chrono::minutes{29'700'000 + maker.below(10'080)}};
}

/// The requests of one policy, by one loop that remembers.
void check_policy(Maker& maker, Evaluator& evaluator, mcp::Classifier& classifier) {
    const World world(maker);
    for (int i = 0; i < kRequestsOfAPolicy; ++i) {
        const auto request = maker.request();
        const std::size_t number = maker.below(world.callers.size());
        const auto& caller = world.callers[number];
        const Timestamp now = some_time(maker);
        const auto expected = test::reference_decide({.catalog = world.catalog,
                                                      .server = world.catalog.servers.front(),
                                                      .hints = world.known,
                                                      .now = now},
                                                     caller, request);
        const std::string json = body_of(maker, request);
        const std::string body = padded(json);
        const auto read = classifier.classify(std::string_view(body).substr(0, json.size()));
        ASSERT_TRUE(read) << json << ": " << read.error().message;
        const Request asked = read_request(read->messages.front());
        ASSERT_EQ(asked.item, request.item) << json;
        ModelDecision found;
        if (world.policy != nullptr) {
            const Caller who = to_caller(caller);
            const Situation situation = world.situation(caller, now);
            found = to_model(evaluator.decide(
                evaluator.enter(world.set, *world.policy, world.keys[number], who, situation),
                asked));
        }
        ASSERT_EQ(found, expected)
            << "found    " << describe(json, found) << "\nexpected " << describe(json, expected);
    }
}

TEST(Policy, DecidesLikeThePlainReference) {
    const std::uint64_t cases = setting("GATEHOUSE_POLICY_CASES", kCases);
    const std::uint64_t seed = setting("GATEHOUSE_POLICY_SEED", 1);
    Evaluator evaluator;
    mcp::Classifier classifier;
    for (std::uint64_t i = 0; i * kRequestsOfAPolicy < cases; ++i) {
        Maker maker(seed + i);
        check_policy(maker, evaluator, classifier);
        if (testing::Test::HasFatalFailure()) {
            FAIL() << "GATEHOUSE_POLICY_SEED=" << seed + i;
        }
    }
}

/// Where a member may be said a second time: behind any `{`, also of one that is there already.
std::string with_a_member_twice(Maker& maker, const std::string& json) {
    std::vector<std::size_t> places;
    bool in_text = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        if (in_text && json[at] == '\\') {
            ++at;
        } else if (json[at] == '"') {
            in_text = !in_text;
        } else if (!in_text && json[at] == '{') {
            places.push_back(at + 1);
        }
    }
    const std::size_t at = places[maker.below(places.size())];
    std::size_t end = at;
    while (json[end] != '"' && json[end] != '}') {
        ++end;
    }
    if (json[end] == '}') {
        return json.substr(0, at) + R"("q":1,"\u0071":2)" + json.substr(at);
    }
    const std::size_t close = [&] {
        std::size_t i = end + 1;
        while (json[i] != '"') {
            i += json[i] == '\\' ? 2U : 1U;
        }
        return i + 1;
    }();
    return json.substr(0, at) + json.substr(end, close - end) + ":0," + json.substr(at);
}

TEST(Policy, NeverSeesABodyWithAMemberTwice) {
    mcp::Classifier classifier;
    Maker maker(setting("GATEHOUSE_POLICY_SEED", 1));
    for (std::uint64_t i = 0; i < kSlowCases; ++i) {
        const std::string good = body_of(maker, maker.request());
        const std::string json = with_a_member_twice(maker, good);
        const std::string body = padded(json);
        ASSERT_FALSE(classifier.classify(std::string_view(body).substr(0, json.size()))) << json;
    }
}

/// Where one key of a rule fails the rule does not match, and so on.
void check_explanation(const World& world, const Explanation& explained, const Decision& decision) {
    ASSERT_EQ(to_model(explained.decision), to_model(decision));
    std::size_t deciding = 0;
    for (const RuleFinding& rule : explained.rules) {
        Truth all = Truth::kYes;
        for (const KeyFinding& key : rule.keys) {
            all = all & key.truth;
        }
        ASSERT_EQ(all, rule.truth) << rule.name;
        if (rule.part == Part::kDecides) {
            ++deciding;
            ASSERT_EQ(rule.name, decision.rule);
        }
    }
    const bool by_rule = !decision.rule.empty() && decision.rule != kDefaultRule;
    // Of several rules that are content with the scopes, the first is named.
    ASSERT_EQ(deciding, by_rule ? 1U : 0U) << decision.rule;
    ASSERT_EQ(explained.rules.size(), world.policy->size());
}

TEST(Policy, ExplainsWhatItDecides) {
    for (std::uint64_t i = 0; i < kSlowCases / kRequestsOfAPolicy; ++i) {
        Maker maker(setting("GATEHOUSE_POLICY_SEED", 1) + i);
        const World world(maker);
        for (int j = 0; world.policy != nullptr && j < kRequestsOfAPolicy; ++j) {
            const auto request = maker.request();
            if (is_open_method(request.method)) {
                continue;
            }
            const std::string json =
                request.arguments.empty() ? "" : Speller(maker).arguments(request.arguments);
            const std::string text = padded(json);
            const Request asked{.method = request.method,
                                .kind = request.kind,
                                .item = request.item,
                                .arguments = std::string_view(text).substr(0, json.size()),
                                .odd_arguments = request.odd_arguments};
            const auto& caller = world.callers[maker.below(world.callers.size())];
            const Caller who = to_caller(caller);
            const Situation situation = world.situation(caller, some_time(maker));
            Evaluator evaluator;
            const Decision decision = evaluator.decide(
                evaluator.enter(world.set, *world.policy, world.keys.front(), who, situation),
                asked);
            check_explanation(world,
                              explain(world.catalog, world.catalog.servers.front(), *world.policy,
                                      {.who = who, .request = asked, .situation = situation}),
                              decision);
            ASSERT_FALSE(testing::Test::HasFatalFailure()) << json;
        }
    }
}

TEST(Policy, ForeseesOnlyWhatNoUnknownCanChange) {
    ArgumentReader reader;
    std::size_t decidable = 0;
    std::size_t undecidable = 0;
    for (std::uint64_t i = 0; i < kSlowCases / kRequestsOfAPolicy; ++i) {
        Maker maker(setting("GATEHOUSE_POLICY_SEED", 1) + i);
        const World world(maker);
        for (int j = 0; world.policy != nullptr && j < kRequestsOfAPolicy; ++j) {
            const auto request = maker.request();
            auto caller = world.callers[maker.below(world.callers.size())];
            const Caller who = to_caller(caller);
            const Timestamp now = some_time(maker);
            const Request unknown{
                .method = request.method, .kind = request.kind, .item = request.item};
            const Situation nowhere{.source_ip = {}, .now = now, .hints = &world.hints};
            const auto forecast =
                foresee(*world.policy, {.who = who, .request = unknown, .situation = nowhere},
                        {.arguments = true, .mask = {}, .place = true}, reader);
            ++(forecast.is_undecidable ? undecidable : decidable);
            for (int k = 0; !forecast.is_undecidable && k < 4; ++k) {
                const std::string json = Speller(maker).arguments(maker.arguments());
                const std::string text = padded(json);
                caller.source_ip = maker.caller().source_ip;
                const Situation situation = world.situation(caller, now);
                Request asked = unknown;
                asked.arguments = std::string_view(text).substr(0, json.size());
                Evaluator evaluator;
                const Decision decision = evaluator.decide(
                    evaluator.enter(world.set, *world.policy, world.keys.front(), who, situation),
                    asked);
                ASSERT_EQ(decision.effect, forecast.decision.effect)
                    << json << " " << decision.rule << " " << forecast.decision.rule;
            }
        }
    }
    EXPECT_GT(decidable, 1000U);
    EXPECT_GT(undecidable, 1000U);
}

}  // namespace
}  // namespace gatehouse::policy
