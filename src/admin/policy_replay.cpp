// SPDX-License-Identifier: Apache-2.0
#include "admin/policy_replay.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "admin/policy_facts.h"
#include "admin/problem.h"
#include "admin/replay_tally.h"
#include "audit/redaction.h"
#include "base/strings.h"
#include "base/units.h"
#include "config/policy_file.h"
#include "mcp/message.h"
#include "policy/forecast.h"
#include "policy/policy_set.h"
#include "policy/recorded.h"

namespace gatehouse::admin {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kMaxBatch = 5000;
constexpr std::size_t kMaxPolicy = 1U << 20U;
// Items are recorded up to this length, so what is as long may have been longer.
constexpr std::size_t kMaxItem = 512;

/// Refusals that came before any rule was asked.
constexpr std::array<std::string_view, 7> kAfterRules{
    "", "policy", "hidden", "budget", "reconnect", "unavailable", "service"};
/// Records that stand for no message that rules are asked about.
constexpr std::array<std::string_view, 4> kNoMessages{"response", "GET", "DELETE", "POST"};

struct Order {
    std::shared_ptr<const catalog::Catalog> proposed;
    audit::RecordFilter filter;
};

/// Rules that hang on the scopes of a connection.
bool wants_scopes(const std::vector<catalog::PolicyRule>& rules) {
    return std::ranges::any_of(rules, [](const catalog::PolicyRule& rule) {
        return !rule.scopes.empty() || !rule.when.scopes.empty();
    });
}

policy::ItemKind kind_of(const audit::IntentEntry& call) {
    if (call.method != "completion/complete") {
        return policy::kind_of(call.method);
    }
    return call.item.contains(':') ? policy::ItemKind::kResource : policy::ItemKind::kPrompt;
}

/// Runs proposed rules over recorded calls; what it looks up it keeps for the batch.
class Replay {
  public:
    Replay(const Dependencies& dependencies, std::shared_ptr<const catalog::Catalog> proposed)
        : dependencies_(dependencies),
          running_(dependencies.catalog.get()),
          proposed_(std::move(proposed)),
          policies_(*proposed_) {}

    void run(const audit::IntentEntry& call) {
        const auto* const server = proposed_->find_server(call.server);
        if (server == nullptr || !contains(kAfterRules, call.reason) ||
            contains(kNoMessages, call.method)) {
            ++skipped_;
            return;
        }
        // What refused it later is not the rules' doing.
        const bool by_rules =
            call.reason.empty() || call.reason == "policy" || call.reason == "hidden";
        const Person& person = person_of(call.user);
        ReplayedCall replayed{
            .call = call,
            .user_name = person.facts ? person.facts->name : std::string(),
            .was = {.effect = by_rules ? call.effect : "allow", .rule = by_rules ? call.rule : ""},
            .would = {.effect = "allow", .rule = {}}};
        if (const auto* const policy = policies_.find(server->name)) {
            decide(*policy, *server, person, replayed);
        }
        tally_.add(replayed);
    }

    [[nodiscard]] json::Object view() const {
        json::Object view = tally_.view();
        view["skipped"] = skipped_;
        return view;
    }

  private:
    struct Person {
        std::optional<PersonFacts> facts;  ///< nothing of somebody who is gone
    };

    template <std::size_t N>
    static bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
        return std::ranges::find(list, word) != list.end();
    }

    const Person& person_of(const std::string& id) {
        const auto known = people_.find(id);
        if (known != people_.end()) {
            return known->second;
        }
        Person person;
        if (const auto user = dependencies_.users.find(id)) {
            person.facts = facts_of(*user);
        }
        return people_.emplace(id, std::move(person)).first->second;
    }

    /// Nothing when the connection is gone.
    const std::optional<std::vector<std::string>>& scopes_of(const std::string& connection) {
        const auto known = scopes_.find(connection);
        if (known != scopes_.end()) {
            return known->second;
        }
        std::optional<std::vector<std::string>> scopes;
        if (auto found = dependencies_.connections.find(connection)) {
            scopes = visible_scopes(std::move(found->scopes));
        }
        return scopes_.emplace(connection, std::move(scopes)).first->second;
    }

    const policy::HintSource& hints_of(const catalog::Server& server) {
        auto& hints = hints_[server.name];
        if (hints == nullptr) {
            hints = std::make_unique<policy::KnownHints>(dependencies_.rules.hints.of(
                server.name, server.runtimes.empty() ? "" : server.runtimes.front()));
        }
        return *hints;
    }

    /// True when the arguments are known, at least in part.
    bool read_arguments(const audit::IntentEntry& call, policy::Request& request) {
        const auto* const server = running_->find_server(call.server);
        if (call.arguments.empty()) {
            return server != nullptr && server->audit_arguments != catalog::Capture::kNone;
        }
        const auto read = json::parse(call.arguments);
        if (!read || (read->is_object() && read->get_object().contains(audit::kLeftOut))) {
            return false;
        }
        request.odd_arguments = !read->is_object();
        arguments_ = call.arguments;
        arguments_.append(mcp::kPadding, '\0');
        request.arguments = std::string_view(arguments_).substr(0, call.arguments.size());
        return true;
    }

    void decide(const policy::Policy& policy,
                const catalog::Server& server,
                const Person& person,
                ReplayedCall& replayed) {
        const audit::IntentEntry& call = replayed.call;
        static const std::vector<std::string> kNoScopes;
        const auto& scopes = scopes_of(call.connection);
        const PersonFacts nobody{.id = call.user, .name = {}, .email = {}, .groups = {}};
        const policy::Caller who = caller_of(person.facts ? *person.facts : nobody, call.client,
                                             scopes ? *scopes : kNoScopes);
        policy::Request request{.method = call.method, .kind = kind_of(call), .item = call.item};
        const bool known = read_arguments(call, request);
        const policy::Situation situation{
            .source_ip = {}, .now = call.time, .hints = &hints_of(server)};
        const policy::Blind blind{
            .arguments = !known,
            .mask = call.arguments.contains(audit::kRedacted) ? audit::kRedacted : "",
            .place = true};
        const auto forecast = policy::foresee(
            policy, {.who = who, .request = request, .situation = situation}, blind, reader_);
        const auto words = policy::recorded(forecast.decision);
        replayed.would = {.effect = std::string(words.effect), .rule = std::string(words.rule)};
        const bool lacks_scopes =
            !scopes && (wants_scopes(proposed_->policies) || wants_scopes(server.policies));
        replayed.is_undecidable = forecast.is_undecidable || lacks_scopes ||
                                  (!person.facts && policy.needs_person()) ||
                                  call.item.size() >= kMaxItem;
        if (forecast.is_undecidable) {
            replayed.would.rule = forecast.open_rule;
        }
    }

    const Dependencies& dependencies_;
    std::shared_ptr<const catalog::Catalog> running_, proposed_;
    policy::PolicySet policies_;
    policy::ArgumentReader reader_;
    std::map<std::string, Person> people_;
    std::map<std::string, std::optional<std::vector<std::string>>> scopes_;
    std::map<std::string, std::unique_ptr<policy::KnownHints>> hints_;
    std::string arguments_;
    ReplayTally tally_;
    std::int64_t skipped_ = 0;
};

Result<Order> read_order(const Dependencies& dependencies, const http::Request& request) {
    const auto object = json::parse_object(request.body);
    if (!object) {
        return std::unexpected(object.error());
    }
    const auto text = json::get_string(*object, "policy");
    if (!text || text->size() > kMaxPolicy) {
        return fail(ErrorCode::kInvalid, "policy must be the text of a file of at most 1 MiB");
    }
    auto proposed = config::propose_policies(
        *text, json::get_string(*object, "name").value_or("policy"), *dependencies.catalog.get());
    if (!proposed) {
        std::string why;
        for (const config::Problem& problem : proposed.error()) {
            why += (why.empty() ? "" : "; ") + config::describe(problem);
        }
        return fail(ErrorCode::kInvalid, why);
    }
    Order order{.proposed = *std::move(proposed), .filter = {.kind = "call", .limit = kBatch}};
    if (const auto since = json::get_string(*object, "since")) {
        const auto time = parse_time(*since);
        if (!time) {
            return std::unexpected(time.error());
        }
        order.filter.since = *time;
    }
    if (const auto limit = json::get_int(*object, "limit")) {
        order.filter.limit = static_cast<std::size_t>(
            std::clamp<std::int64_t>(*limit, 1, static_cast<std::int64_t>(kMaxBatch)));
    }
    if (const auto cursor = json::get_string(*object, "cursor")) {
        const auto id = parse_uint(*cursor);
        if (!id || *id == 0 || *id > static_cast<std::uint64_t>(INT64_MAX)) {
            return fail(ErrorCode::kInvalid, "not a cursor: " + to_safe_ascii(*cursor, 40));
        }
        order.filter.before_id = *id;
    }
    return order;
}

http::Response replay(const Dependencies& dependencies, const http::Request& request) {
    const auto order = read_order(dependencies, request);
    if (!order) {
        return problem(order.error());
    }
    if (order->filter.before_id == 0) {
        if (auto caught_up = dependencies.catch_up(); !caught_up) {
            return problem(caught_up.error());
        }
    }
    const auto records = dependencies.records.find(order->filter);
    if (!records) {
        return problem(records.error());
    }
    Replay replay(dependencies, order->proposed);
    json::Value until;
    for (const audit::StoredRecord& record : records->records) {
        if (const auto* const call = std::get_if<audit::IntentEntry>(&record.what)) {
            replay.run(*call);
            until = json::Value(format_time(call->time));
        }
    }
    json::Object view = replay.view();
    view["next"] =
        records->next != 0 ? json::Value(std::to_string(records->next)) : json::Value(nullptr);
    view["until"] = until;
    http::Response response = http::json_response(200, json::dump(view));
    response.headers.set("Cache-Control", "no-store");
    return response;
}

}  // namespace

void add_replay_route(http::Router& router, const Dependencies& dependencies) {
    router.add("POST", "/api/v1/policies/replay", http::WorkClass::kSlow,
               dependencies.guard.protect([&dependencies](const http::Request& request) {
                   return replay(dependencies, request);
               }));
}

}  // namespace gatehouse::admin
