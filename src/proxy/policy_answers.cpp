// SPDX-License-Identifier: Apache-2.0
#include "proxy/policy_answers.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "proxy/accept.h"

namespace gatehouse::proxy {
namespace {

constexpr std::size_t kMaxShown = 256;

struct List {
    std::string_view method, member;
};

constexpr std::array kLists{List{"tools/list", "tools"}, List{"prompts/list", "prompts"},
                            List{"resources/list", "resources"},
                            List{"resources/templates/list", "resourceTemplates"}};

PolicyAnswer answer_error(mcp::RpcCode code, std::string text, const MessageFacts& message) {
    return {.body = mcp::error_body({.code = code, .message = std::move(text), .id = message.id}),
            .rpc_code = static_cast<std::int64_t>(code)};
}

/// As a runtime answers for an item that it does not have.
PolicyAnswer answer_unknown_item(const MessageFacts& message, mcp::Revision revision) {
    const auto name = sanitize_text(message.item, kMaxShown);
    switch (message.item_kind) {
        case policy::ItemKind::kTool:
            return answer_error(mcp::RpcCode::kInvalidParams, "Unknown tool: " + name, message);
        case policy::ItemKind::kPrompt:
            return answer_error(mcp::RpcCode::kInvalidParams, "Unknown prompt: " + name, message);
        default:
            return answer_error(mcp::is_modern(revision) ? mcp::RpcCode::kInvalidParams
                                                         : mcp::RpcCode::kResourceNotFound,
                                "Resource not found: " + name, message);
    }
}

std::string decision_object(const policy::Decision& decision) {
    std::string object = R"({"reason":"policy","rule":)" + mcp::quote(decision.rule);
    if (decision.retry_after.count() > 0) {
        object += R"(,"retry_after_s":)" + std::to_string(decision.retry_after.count());
    }
    return object + "}";
}

/// Read by a model, so it says what to do about it.
std::string explain(const MessageFacts& message, const policy::Decision& decision) {
    std::string text = message.item_kind == policy::ItemKind::kTool ? "The call of " : "";
    text += '"';
    text += sanitize_text(message.item.empty() ? message.method : message.item, kMaxShown);
    text += R"(" was refused by the rule ")";
    text += decision.rule;
    text += '"';
    if (!decision.message.empty()) {
        text += ": ";
        text += decision.message;
    } else {
        text += '.';
    }
    if (decision.retry_after.count() > 0) {
        text += " Try again in " + std::to_string(decision.retry_after.count()) + " seconds.";
    }
    return text;
}

PolicyAnswer answer_visibly(const MessageFacts& message,
                            const policy::Decision& decision,
                            mcp::Revision revision) {
    const std::string text = explain(message, decision);
    if (message.item_kind != policy::ItemKind::kTool) {
        return {.body = mcp::error_body({.code = mcp::RpcCode::kRefused,
                                         .message = text,
                                         .id = message.id,
                                         .data = decision_object(decision)}),
                .rpc_code = static_cast<std::int64_t>(mcp::RpcCode::kRefused)};
    }
    std::string result = R"({"content":[{"type":"text","text":)" + mcp::quote(text) +
                         R"(}],"isError":true,"_meta":{"gatehouse/decision":)" +
                         decision_object(decision) + "}";
    result += mcp::is_modern(revision) ? R"(,"resultType":"complete"})" : "}";
    return {.body = mcp::result_body(message.id, result), .is_error = true};
}

}  // namespace

PolicyAnswer answer_denied(const MessageFacts& message,
                           const policy::Decision& decision,
                           mcp::Revision revision) {
    switch (decision.face) {
        case policy::Face::kUnknownItem:
            return answer_unknown_item(message, revision);
        case policy::Face::kUnknownMethod:
            return answer_error(mcp::RpcCode::kMethodNotFound, "Method not found", message);
        case policy::Face::kVisible:
            return answer_visibly(message, decision, revision);
    }
    return answer_visibly(message, decision, revision);
}

std::string answer_empty_list(const MessageFacts& message, mcp::Revision revision) {
    const auto* const list = std::ranges::find(kLists, message.method, &List::method);
    if (list == kLists.end()) {
        return {};
    }
    std::string result = "{" + mcp::quote(list->member) + ":[]";
    if (mcp::is_modern(revision)) {
        result += R"(,"resultType":"complete","ttlMs":0,"cacheScope":"private")";
    }
    return mcp::result_body(message.id, result + "}");
}

http::Response answer_response(std::string body, std::string_view accept) {
    if (!is_event_stream(accept)) {
        return http::json_response(200, std::move(body));
    }
    http::Response response{.status = 200,
                            .body = "event: message\ndata: " + std::move(body) + "\n\n"};
    response.headers.add("Content-Type", "text/event-stream");
    return response;
}

}  // namespace gatehouse::proxy
