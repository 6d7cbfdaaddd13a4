// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "proxy/stages.h"

namespace gatehouse::proxy {
namespace {

// Methods that reveal and run nothing of the runtime's items.
constexpr std::array<std::string_view, 4> kHarmless{"initialize", "ping", "server/discover",
                                                    "logging/setLevel"};

struct List {
    std::string_view method, member;
};

constexpr std::array kLists{List{"tools/list", "tools"}, List{"prompts/list", "prompts"},
                            List{"resources/list", "resources"},
                            List{"resources/templates/list", "resourceTemplates"}};

Refusal answer_list(const List& list, const MessageFacts& message, mcp::Revision revision) {
    std::string result = "{" + mcp::quote(list.member) + ":[]";
    if (mcp::is_modern(revision)) {
        result += R"(,"resultType":"complete","ttlMs":0,"cacheScope":"private")";
    }
    result += "}";
    return {.response = http::json_response(200, mcp::result_body(message.id, result)),
            .effect = "allow",
            .rule = "default_policy",
            .reason = "hidden"};
}

Refusal unknown(mcp::RpcCode code, std::string text, const MessageFacts& message) {
    auto refusal =
        rpc_refusal(200, {.code = code, .message = std::move(text), .id = message.id}, "policy");
    refusal.rule = "default_policy";
    return refusal;
}

/// As a runtime answers for an item that it does not have.
Refusal answer_unknown(const MessageFacts& message, mcp::Revision revision) {
    const auto name = sanitize_text(message.item, 256);
    if (message.method == "tools/call") {
        return unknown(mcp::RpcCode::kInvalidParams, "Unknown tool: " + name, message);
    }
    if (message.method == "prompts/get") {
        return unknown(mcp::RpcCode::kInvalidParams, "Unknown prompt: " + name, message);
    }
    if (message.method == "resources/read") {
        return unknown(mcp::is_modern(revision) ? mcp::RpcCode::kInvalidParams
                                                : mcp::RpcCode::kResourceNotFound,
                       "Resource not found: " + name, message);
    }
    return unknown(mcp::RpcCode::kMethodNotFound, "Method not found", message);
}

}  // namespace

std::optional<Refusal> apply_default_policy(const http::Exchange& /*exchange*/,
                                            const StageTools& /*tools*/,
                                            CallFacts& facts) {
    if (facts.route->server->default_policy == catalog::DefaultPolicy::kAllow ||
        facts.messages.empty()) {
        return std::nullopt;
    }
    if (facts.batch) {
        return rpc_refusal(400,
                           {.code = mcp::RpcCode::kInvalidRequest,
                            .message = "Batches are not available on this server"},
                           "policy");
    }
    const MessageFacts& message = facts.messages.front();
    if (message.kind == mcp::MessageKind::kResponse ||
        (message.kind == mcp::MessageKind::kNotification &&
         message.method.starts_with("notifications/")) ||
        std::ranges::find(kHarmless, message.method) != kHarmless.end()) {
        return std::nullopt;
    }
    // A runtime may well run what asks for no answer.
    if (message.kind == mcp::MessageKind::kNotification) {
        return Refusal{.response = {.status = 202},
                       .effect = "deny",
                       .rule = "default_policy",
                       .reason = "policy"};
    }
    const auto* const list = std::ranges::find(kLists, message.method, &List::method);
    return list != kLists.end() ? answer_list(*list, message, *facts.revision)
                                : answer_unknown(message, *facts.revision);
}

}  // namespace gatehouse::proxy
