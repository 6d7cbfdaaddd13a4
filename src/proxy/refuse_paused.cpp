// SPDX-License-Identifier: Apache-2.0
#include "base/strings.h"
#include "proxy/in_band.h"
#include "proxy/stages.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxShown = 256;

Refusal refuse(const CallFacts& facts, std::string_view what) {
    return refuse_in_band(
        facts, {.reason = "blocked",
                .rule = {},
                .text = "An operator has paused " + std::string(what) +
                        ". Nothing was done. It will work again once the operator resumes it; "
                        "trying again soon is of no use.",
                .retry_after = {}});
}

}  // namespace

std::optional<Refusal> refuse_paused(const http::Exchange& /*exchange*/,
                                     const StageTools& tools,
                                     CallFacts& facts) {
    const budget::PauseSet& paused = tools.paused;
    // A session that ends does nobody harm.
    if (paused.is_empty() || facts.verb == CallFacts::Verb::kDelete) {
        return std::nullopt;
    }
    const std::string& server = facts.route->server->name;
    if (paused.has_server(server)) {
        return refuse(facts, "the server \"" + server + '"');
    }
    if (paused.has_user(facts.caller->subject)) {
        return refuse(facts, "this user");
    }
    if (paused.has_client(facts.caller->client_id)) {
        return refuse(facts, "this client");
    }
    for (const MessageFacts& message : facts.messages) {
        if (message.method == "tools/call" && paused.has_tool(server, message.item)) {
            return refuse(facts, "the tool \"" + sanitize_text(message.item, kMaxShown) + '"');
        }
    }
    return std::nullopt;
}

bool is_paused(const budget::PauseSet& paused, const CallFacts& facts) {
    return !paused.is_empty() &&
           (paused.has_server(facts.route->server->name) ||
            paused.has_user(facts.caller->subject) || paused.has_client(facts.caller->client_id));
}

}  // namespace gatehouse::proxy
