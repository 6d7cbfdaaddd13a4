// SPDX-License-Identifier: Apache-2.0
#include "proxy/in_band.h"

#include <utility>

#include "proxy/accept.h"

namespace gatehouse::proxy {
namespace {

std::string decision_object(const InBandReason& why) {
    std::string object = R"({"reason":)" + mcp::quote(why.reason);
    if (!why.rule.empty()) {
        object += R"(,"rule":)" + mcp::quote(why.rule);
    }
    if (why.retry_after) {
        object += R"(,"retry_after_s":)" + std::to_string(why.retry_after->count());
    }
    return object + "}";
}

bool is_tool_call(const MessageFacts& message) {
    return message.method == "tools/call";
}

std::string answer(const MessageFacts& message, const CallFacts& facts, const InBandReason& why) {
    if (!is_tool_call(message)) {
        return mcp::error_body({.code = why.code,
                                .message = why.text,
                                .id = message.id,
                                .data = decision_object(why)});
    }
    std::string result = R"({"content":[{"type":"text","text":)" + mcp::quote(why.text) +
                         R"(}],"isError":true,"_meta":{"gatehouse/decision":)" +
                         decision_object(why) + "}";
    result += mcp::is_modern(*facts.revision) ? R"(,"resultType":"complete"})" : "}";
    return mcp::result_body(message.id, result);
}

http::Response respond(std::string body, std::string_view accept) {
    if (!is_event_stream(accept)) {
        return http::json_response(200, std::move(body));
    }
    http::Response response{.status = 200, .headers = {}, .body = {}};
    response.body = "event: message\ndata: " + std::move(body) + "\n\n";
    response.headers.add("Content-Type", "text/event-stream");
    return response;
}

}  // namespace

Refusal refuse_in_band(const CallFacts& facts, const InBandReason& why) {
    Refusal refusal{.rule = why.rule, .reason = why.reason};
    if (facts.messages.empty()) {
        refusal.response = {.status = 405, .headers = {}, .body = {}};
        refusal.response.headers.add("Allow", "POST");
        return refusal;
    }
    std::string body;
    for (const MessageFacts& message : facts.messages) {
        if (message.kind != mcp::MessageKind::kRequest) {
            continue;
        }
        body += (body.empty() ? "" : ",") + answer(message, facts, why);
        if (is_tool_call(message)) {
            refusal.is_error = true;
        } else {
            refusal.rpc_code = static_cast<std::int64_t>(why.code);
        }
    }
    if (body.empty()) {
        refusal.response = {.status = 202, .headers = {}, .body = {}};
        return refusal;
    }
    refusal.response = respond(facts.batch ? "[" + body + "]" : std::move(body), facts.accept);
    return refusal;
}

}  // namespace gatehouse::proxy
