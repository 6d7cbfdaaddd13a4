// SPDX-License-Identifier: Apache-2.0
#include "proxy/reconnect.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"
#include "base/strings.h"
#include "crypto/random.h"
#include "policy/glob.h"
#include "proxy/accept.h"
#include "proxy/challenge.h"
#include "proxy/in_band.h"
#include "proxy/policy_answers.h"
#include "proxy/retry_state.h"

namespace gatehouse::proxy {
namespace {

/// Methods whose modern answers may ask for input (requirements G30 b).
constexpr std::array<std::string_view, 3> kAsking{"tools/call", "prompts/get", "resources/read"};

/// Clients that do nothing about a 401: their toolkit has no authorization of its own, so the
/// person would only see that it failed.
constexpr std::array<std::string_view, 1> kDeadEnds{"Java-http-client/*"};

/// The client that stands for all personal access tokens.
constexpr std::string_view kPersonalTokens = "personal-token";

bool is_request(const CallFacts& facts) {
    return !facts.batch && facts.messages.size() == 1 &&
           facts.messages.front().kind == mcp::MessageKind::kRequest;
}

/// A token that a program got for itself, or that a person pasted somewhere: nobody to send
/// through a sign-in, which would only end in the same token.
bool is_unattended(const oauth::AccessToken& caller) {
    return caller.subject == caller.client_id || caller.connection.empty() ||
           caller.client_id == kPersonalTokens;
}

bool matches(std::string_view pattern, std::string_view text) {
    return !text.empty() && policy::Glob(pattern).matches(text);
}

bool ends_dead(const http::Exchange& exchange, const CallFacts& facts) {
    const auto agent = exchange.head().get("User-Agent");
    const auto& in_band = facts.route->server->reconnect.in_band;
    return std::ranges::any_of(kDeadEnds, [&](auto glob) { return matches(glob, agent); }) ||
           std::ranges::any_of(in_band, [&](const std::string& glob) {
               return matches(glob, agent) || matches(glob, facts.caller->client_id);
           });
}

bool declares_urls(const CallFacts& facts) {
    if (!facts.revision) {
        return false;
    }
    if (mcp::is_modern(*facts.revision)) {
        return facts.url_elicitation;
    }
    return facts.session != nullptr && facts.session->url_elicitation &&
           facts.session->revision == mcp::Revision::k2025_11_25;
}

std::string title_of(const CallFacts& facts) {
    const catalog::Server& server = *facts.route->server;
    return sanitize_text(server.title.empty() ? server.name : server.title, 200);
}

std::string please_connect(const CallFacts& facts) {
    return "Your account behind " + title_of(facts) + " has to be connected again.";
}

/// RFC 9562, version 4.
std::string make_uuid() {
    std::string bytes = crypto::random_bytes(16);
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x40U);
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);
    std::string text = hex_encode(bytes);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) {
        text.insert(at, 1, '-');
    }
    return text;
}

Refusal refuse_with_error(const CallFacts& facts, std::string_view link) {
    const std::string message = please_connect(facts);
    std::string data = R"({"elicitations":[{"mode":"url","elicitationId":)";
    data += mcp::quote(make_uuid()) + R"(,"url":)" + mcp::quote(link) + R"(,"message":)" +
            mcp::quote(message) + "}]}";
    auto body = mcp::error_body({.code = mcp::RpcCode::kUrlElicitation,
                                 .message = message,
                                 .id = facts.messages.front().id,
                                 .data = std::move(data)});
    return {.response = answer_response(std::move(body), facts.accept),
            .rpc_code = static_cast<std::int64_t>(mcp::RpcCode::kUrlElicitation),
            .reason = "reconnect"};
}

/// Nothing when the runtime's own state is too long to be carried.
std::optional<Refusal> ask_for_input(const Parts& parts,
                                     const http::Exchange& exchange,
                                     const CallFacts& facts,
                                     std::string_view link,
                                     Timestamp now) {
    RetryState state{.key = std::string(kConnectKeyPrefix) + crypto::random_token(16)};
    if (facts.retry != nullptr) {
        state.runtime_state = facts.retry->runtime_state;
        state.runtime_responses = facts.retry->runtime_responses;
    }
    const auto sealed = seal_retry_state(parts.sessions, facts, exchange.body(), state, now);
    if (!sealed) {
        return std::nullopt;
    }
    std::string result = R"({"resultType":"input_required","inputRequests":{)";
    result += mcp::quote(state.key);
    result += R"(:{"method":"elicitation/create","params":{"mode":"url","url":)";
    result += mcp::quote(link) + R"(,"message":)" + mcp::quote(please_connect(facts));
    result += R"(}}},"requestState":)" + mcp::quote(*sealed) + "}";
    return Refusal{.response = answer_response(mcp::result_body(facts.messages.front().id, result),
                                               facts.accept),
                   .is_error = false,
                   .reason = "reconnect"};
}

Refusal refuse_in_words(const CallFacts& facts, std::string_view link) {
    std::string text = please_connect(facts) +
                       " Nothing was done. Ask the person to open this address in a browser and to "
                       "sign in there, then try again: ";
    text += link;
    return refuse_in_band(facts, {.reason = "reconnect", .rule = {}, .text = std::move(text)});
}

Refusal refuse_declined(const CallFacts& facts) {
    return refuse_in_band(
        facts, {.reason = "reconnect",
                .rule = {},
                .text = "Access to the account behind " + title_of(facts) +
                        " was not given: the person declined to connect it. Nothing was done. Do "
                        "not try again unless the person asks for it."});
}

}  // namespace

ReconnectSignal choose_reconnect_signal(const http::Exchange& exchange, const CallFacts& facts) {
    if (ends_dead(exchange, facts)) {
        return ReconnectSignal::kInBand;
    }
    const bool modern = facts.revision && mcp::is_modern(*facts.revision);
    if (declares_urls(facts) && !modern) {
        // What wants no answer of its own must not throw the session into a sign-in either.
        return is_request(facts) ? ReconnectSignal::kUrlElicitation : ReconnectSignal::kInBand;
    }
    if (declares_urls(facts) && is_request(facts) &&
        std::ranges::find(kAsking, facts.messages.front().method) != kAsking.end()) {
        return ReconnectSignal::kInputRequired;
    }
    return is_unattended(*facts.caller) ? ReconnectSignal::kInBand : ReconnectSignal::kChallenge;
}

Refusal refuse_reconnect(const Parts& parts,
                         const http::Exchange& exchange,
                         const CallFacts& facts,
                         Timestamp now) {
    const auto signal = choose_reconnect_signal(exchange, facts);
    if (signal == ReconnectSignal::kChallenge) {
        return {.response = challenge_reconnect({.origin = facts.public_origin,
                                                 .path = facts.public_path,
                                                 .scope = facts.route->scope}),
                .reason = "reconnect"};
    }
    if (facts.retry != nullptr && facts.retry->answer == Answer::kDeclined) {
        return refuse_declined(facts);
    }
    const std::string link = parts.connect_link(facts.caller->subject, *facts.route->server);
    if (signal == ReconnectSignal::kUrlElicitation) {
        return refuse_with_error(facts, link);
    }
    if (signal == ReconnectSignal::kInputRequired) {
        if (auto asked = ask_for_input(parts, exchange, facts, link, now)) {
            return std::move(*asked);
        }
    }
    return refuse_in_words(facts, link);
}

bool runs_without_account(const CallFacts& facts) {
    const auto& methods = facts.route->server->reconnect.without_account;
    return !methods.empty() && !facts.messages.empty() &&
           std::ranges::all_of(facts.messages, [&](const MessageFacts& message) {
               return contains(methods, message.method);
           });
}

}  // namespace gatehouse::proxy
