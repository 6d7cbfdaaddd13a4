// SPDX-License-Identifier: Apache-2.0
#include "proxy/retry_state.h"

#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "base/strings.h"
#include "crypto/digest.h"
#include "mcp/retry.h"

namespace gatehouse::proxy {
namespace {

constexpr std::string_view kPrefix = "gatehouse.";
constexpr std::string_view kContext = "retry-state";
constexpr std::size_t kMaxNested = 64UL * 1024;
constexpr std::size_t kMaxSealed = 256UL * 1024;

/// What the call is: another tool, or other arguments, is another call.
std::string digest_of(const CallFacts& facts, std::string_view body) {
    const MessageFacts& message = facts.messages.front();
    std::string text = message.method + '\n' + message.item + '\n';
    text += body.substr(message.arguments_at, message.arguments_size);
    return base64url_encode(crypto::sha256(text));
}

std::optional<Refusal> not_genuine(const CallFacts& facts) {
    return rpc_refusal(200,
                       {.code = mcp::RpcCode::kInvalidParams,
                        .message = "requestState is not valid for this request, or has expired",
                        .id = facts.messages.front().id},
                       "request_state");
}

std::optional<RetryState> open_state(const crypto::Sealer& sealer,
                                     std::string_view sealed,
                                     const CallFacts& facts,
                                     std::string_view body,
                                     Timestamp now) {
    sealed.remove_prefix(kPrefix.size());
    const auto box = sealed.size() <= kMaxSealed ? base64url_decode(sealed) : std::nullopt;
    const auto plain =
        box ? sealer.open(*box, kContext) : Result<Secret>(fail(ErrorCode::kCorrupt, "no state"));
    const auto object =
        plain ? json::parse_object(plain->reveal())
              : Result<json::Object>(fail(ErrorCode::kCorrupt, "state cannot be opened"));
    if (!object) {
        return std::nullopt;
    }
    const auto holds = [&](std::string_view name, std::string_view value) {
        return json::get_string(*object, name) == value;
    };
    const auto expires_at = json::get_int(*object, "exp");
    if (!holds("user", facts.caller->subject) || !holds("client", facts.caller->client_id) ||
        !holds("server", facts.route->server->name) || !holds("call", digest_of(facts, body)) ||
        !expires_at || *expires_at <= to_unix_seconds(now)) {
        return std::nullopt;
    }
    return RetryState{.key = json::get_string(*object, "key").value_or(""),
                      .runtime_state = json::get_string(*object, "state").value_or(""),
                      .runtime_responses = json::get_string(*object, "responses").value_or("")};
}

Answer answer_of(const std::optional<mcp::InputResponse>& response) {
    if (!response || response->action == "accept") {
        return Answer::kAccepted;
    }
    return Answer::kDeclined;
}

}  // namespace

std::optional<std::string> seal_retry_state(const crypto::Sealer& sealer,
                                            const CallFacts& facts,
                                            std::string_view body,
                                            const RetryState& state,
                                            Timestamp now) {
    if (state.runtime_state.size() + state.runtime_responses.size() > kMaxNested) {
        return std::nullopt;
    }
    const json::Object object{{"user", facts.caller->subject},
                              {"client", facts.caller->client_id},
                              {"server", facts.route->server->name},
                              {"call", digest_of(facts, body)},
                              {"key", state.key},
                              {"exp", to_unix_seconds(now + kRetryLife)},
                              {"state", state.runtime_state},
                              {"responses", state.runtime_responses}};
    return std::string(kPrefix) + base64url_encode(sealer.seal(json::dump(object), kContext));
}

std::optional<Refusal> open_retry(const crypto::Sealer& sealer,
                                  const mcp::Message& message,
                                  std::string_view body,
                                  Timestamp now,
                                  CallFacts& facts) {
    if (message.input_responses.empty() && message.request_state.empty()) {
        return std::nullopt;
    }
    const auto sealed = mcp::read_string(message.request_state).value_or("");
    const bool ours = sealed.starts_with(kPrefix);
    if (!ours) {
        if (!message.input_responses.empty() &&
            mcp::has_response_like(message.input_responses, kConnectKeyPrefix)) {
            return not_genuine(facts);
        }
        facts.retry = std::make_unique<Retry>(
            Retry{.runtime_state = std::string(message.request_state),
                  .runtime_responses = std::string(message.input_responses)});
        return std::nullopt;
    }
    auto state = open_state(sealer, sealed, facts, body, now);
    if (!state) {
        return not_genuine(facts);
    }
    std::vector<mcp::MemberEdit> edits{
        {.value = message.request_state, .replacement = state->runtime_state}};
    std::optional<mcp::InputResponse> response;
    if (const auto given = message.input_responses; !given.empty()) {
        response = mcp::find_response(given, state->key);
        auto others = response ? std::string() : std::string(given);
        if (response && !response->alone) {
            const mcp::MemberEdit taken{.value = response->value, .replacement = {}};
            others = mcp::edit_members(given, {&taken, 1});
        }
        if (mcp::has_response_like(others.empty() ? "{}" : others, kConnectKeyPrefix)) {
            return not_genuine(facts);
        }
        // What the runtime asked before our question came in between was answered then, and
        // clients send each answer once.
        if (!others.empty()) {
            state->runtime_responses = std::move(others);
        }
        edits.push_back({.value = given, .replacement = state->runtime_responses});
    }
    facts.retry =
        std::make_unique<Retry>(Retry{.answer = answer_of(response),
                                      .runtime_state = std::move(state->runtime_state),
                                      .runtime_responses = std::move(state->runtime_responses)});
    facts.body = mcp::edit_members(body, edits);
    return std::nullopt;
}

}  // namespace gatehouse::proxy
