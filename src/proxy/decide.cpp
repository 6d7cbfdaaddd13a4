// SPDX-License-Identifier: Apache-2.0
#include "proxy/decide.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "policy/recorded.h"
#include "policy/spelling.h"
#include "proxy/challenge.h"
#include "proxy/plane.h"
#include "proxy/policy_answers.h"
#include "proxy/policy_view.h"

namespace gatehouse::proxy {
namespace {

constexpr std::array<std::string_view, 5> kCutMethods{"tools/list", "prompts/list",
                                                      "resources/list", "resources/templates/list",
                                                      "subscriptions/listen"};

/// In records, of a method that is a known one only to those who do not look closely.
constexpr std::string_view kSpelling = "spelling";

Decision record_of(const policy::Decision& decision) {
    const policy::Recorded words = policy::recorded(decision);
    return {.effect = words.effect, .rule = words.rule, .reason = words.reason};
}

/// Granted and missing scopes in the server's order, so that the same challenge always reads the
/// same (requirements A21).
std::string union_of(const CallFacts& facts, const std::vector<std::string_view>& missing) {
    std::vector<std::string> wanted;
    const auto add = [&](std::string_view scope) {
        if (scope != "offline_access" && std::ranges::find(wanted, scope) == wanted.end()) {
            wanted.emplace_back(scope);
        }
    };
    const auto& granted = facts.caller->scopes;
    for (const std::string& scope : facts.route->server->scopes) {
        if (contains(granted, scope) || std::ranges::find(missing, scope) != missing.end()) {
            add(scope);
        }
    }
    std::ranges::for_each(granted, add);
    std::ranges::for_each(missing, add);
    return join(wanted, " ");
}

/// What one call is judged with.
class Judge {
  public:
    Judge(Plane& plane, const DecisionInput& input, CallFacts& facts)
        : plane_(plane), input_(input), facts_(facts) {}

    [[nodiscard]] Verdict judge() {
        const PolicyView view(plane_, *facts_.route,
                              {.routes = facts_.routes,
                               .caller = facts_.caller,
                               .person = input_.person,
                               .source_ip = input_.exchange.client_ip(),
                               .now = input_.now});
        for (std::size_t i = 0; i < facts_.messages.size(); ++i) {
            MessageFacts& message = facts_.messages[i];
            message.refused = false;  // from before the policy service was asked
            if (message.kind != mcp::MessageKind::kResponse) {
                judge_message(view, message);
            }
        }
        if (!unasked_.empty()) {
            return {.refusal = std::nullopt, .split = nullptr, .unasked = std::move(unasked_)};
        }
        if (!missing_.empty()) {
            return {.refusal = refuse_scope()};
        }
        return refused_ == 0 ? Verdict{} : conclude();
    }

  private:
    void judge_message(const PolicyView& view, MessageFacts& message) {
        const auto body = input_.exchange.body();
        const policy::Request request{
            .method = message.method,
            .kind = message.item_kind,
            .item = message.item,
            .arguments = body.substr(message.arguments_at, message.arguments_size),
            .odd_arguments = message.odd_arguments};
        auto decision = decide(view, message, request);
        bool by_service = false;
        if (decision.effect == policy::Effect::kAllow && is_for_service(facts_, message)) {
            by_service = ask_service(message, request, decision);
        }
        message.decision = record_of(decision);
        if (by_service) {
            message.decision.reason = "service";
        }
        if (decision.effect == policy::Effect::kRequireScope) {
            scope_rule_ = scope_rule_.empty() ? decision.rule : scope_rule_;
            scope_message_ = scope_message_.empty() ? decision.message : scope_message_;
            missing_.insert(missing_.end(), decision.missing_scopes.begin(),
                            decision.missing_scopes.end());
        } else if (decision.effect == policy::Effect::kDeny) {
            note_refusal(message, answer_denied(message, decision, *facts_.revision));
        } else if (facts_.route->policy != nullptr && facts_.route->policy->hides_everything()) {
            answer_empty(message);
        }
    }

    [[nodiscard]] policy::Decision decide(const PolicyView& view,
                                          const MessageFacts& message,
                                          const policy::Request& request) const {
        if (policy::is_misspelt(message.method)) {
            return {.effect = policy::Effect::kDeny,
                    .rule = kSpelling,
                    .face = policy::Face::kUnknownMethod};
        }
        return facts_.route->policy == nullptr ? policy::Decision{} : view.decide(request);
    }

    /// True when the service refuses what the rules allow. What it must be asked first is noted.
    [[nodiscard]] bool ask_service(const MessageFacts& message,
                                   const policy::Request& request,
                                   policy::Decision& decision) {
        std::string input = service_input({.facts = facts_,
                                           .message = message,
                                           .arguments = request.arguments,
                                           .person = input_.person.get(),
                                           .source_ip = input_.exchange.client_ip()});
        SharedServiceVerdict& verdict = (*input_.service)[input];
        if (verdict == nullptr) {
            verdict = plane_.service_desk.recall(input, input_.steady_now);
        }
        if (verdict == nullptr) {
            unasked_.push_back(std::move(input));
            return false;
        }
        if (verdict->allowed) {
            return false;
        }
        decision = {
            .effect = policy::Effect::kDeny, .rule = verdict->rule, .message = verdict->message};
        return true;
    }

    void note_refusal(MessageFacts& message, PolicyAnswer answer) {
        message.refused = true;
        ++refused_;
        if (message.kind == mcp::MessageKind::kRequest) {
            last_ = message.decision;
            answers_.push_back(std::move(answer));
        } else if (answers_.empty()) {
            last_ = message.decision;
        }
    }

    /// Nothing could be left of the runtime's list.
    void answer_empty(MessageFacts& message) {
        auto list = answer_empty_list(message, *facts_.revision);
        if (!list.empty()) {
            message.decision.rule = policy::kDefaultRule;
            message.decision.reason = "hidden";
            note_refusal(message, {.body = std::move(list)});
        }
    }

    [[nodiscard]] Refusal refuse_scope() const {
        const MessageFacts& first = facts_.messages.front();
        auto refusal =
            Refusal{.response = challenge_scope(
                        {.origin = facts_.public_origin,
                         .path = facts_.public_path,
                         .scope = union_of(facts_, missing_)},
                        mcp::error_body({.code = mcp::RpcCode::kMissingScope,
                                         .message = scope_message_.empty()
                                                        ? "The access token lacks a scope"
                                                        : std::string(scope_message_),
                                         .id = facts_.batch ? std::string() : first.id})),
                    .rpc_code = static_cast<std::int64_t>(mcp::RpcCode::kMissingScope),
                    .effect = "require_scope",
                    .rule = scope_rule_,
                    .reason = "policy"};
        return refusal;
    }

    [[nodiscard]] Verdict conclude() {
        std::vector<std::string> bodies;
        for (PolicyAnswer& answer : answers_) {
            bodies.push_back(std::move(answer.body));
        }
        if (refused_ == facts_.messages.size()) {
            return {.refusal = refuse_all(std::move(bodies))};
        }
        auto split = split_batch(input_.exchange.body(), facts_.messages, std::move(bodies));
        if (split == nullptr) {
            return {.refusal = rpc_refusal(400,
                                           {.code = mcp::RpcCode::kInvalidRequest,
                                            .message = "The batch cannot be taken apart"},
                                           "policy")};
        }
        return {.split = std::move(split)};
    }

    [[nodiscard]] Refusal refuse_all(std::vector<std::string> bodies) const {
        Refusal refusal{.effect = last_.effect, .rule = last_.rule, .reason = last_.reason};
        if (bodies.empty()) {
            refusal.response = {.status = 202};
            return refusal;
        }
        std::string body = facts_.batch ? join_answers(bodies, {}) : std::move(bodies.front());
        refusal.response = answer_response(std::move(body), facts_.accept);
        if (!facts_.batch) {
            refusal.rpc_code = answers_.front().rpc_code;
            refusal.is_error = answers_.front().is_error;
        }
        return refusal;
    }

    Plane& plane_;
    const DecisionInput& input_;
    CallFacts& facts_;
    std::vector<PolicyAnswer> answers_;  ///< to refused requests
    std::size_t refused_ = 0;
    Decision last_;
    std::vector<std::string_view> missing_;
    std::vector<std::string> unasked_;
    std::string_view scope_rule_, scope_message_;
};

}  // namespace

Verdict decide(Plane& plane, const DecisionInput& input, CallFacts& facts) {
    return Judge(plane, input, facts).judge();
}

bool wants_cut_lists(const CallFacts& facts) {
    const policy::Policy* const policy = facts.route->policy;
    const auto& personal = facts.caller->personal;
    const bool limited = personal != nullptr && !personal->tools.empty();
    const bool rules_cut =
        policy != nullptr && (limited || policy->cuts_lists() || policy->uses_hints());
    if (!rules_cut && facts.route->server->tool_changes != catalog::ToolChanges::kBlockNew) {
        return false;
    }
    return facts.verb == CallFacts::Verb::kGet ||
           std::any_of(facts.messages.begin(), facts.messages.end(), [](const auto& message) {
               return std::ranges::find(kCutMethods, message.method) != kCutMethods.end();
           });
}

}  // namespace gatehouse::proxy
