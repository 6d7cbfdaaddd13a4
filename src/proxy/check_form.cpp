// SPDX-License-Identifier: Apache-2.0
#include "base/strings.h"
#include "mcp/revision.h"
#include "proxy/accept.h"
#include "proxy/stages.h"

namespace gatehouse::proxy {
namespace {

using Verb = CallFacts::Verb;

Refusal wrong_form(int status, std::string message, std::string_view reason) {
    return rpc_refusal(
        status, {.code = mcp::RpcCode::kInvalidRequest, .message = std::move(message)}, reason);
}

std::optional<Verb> verb_of(std::string_view method) {
    if (method == "POST") {
        return Verb::kPost;
    }
    if (method == "GET") {
        return Verb::kGet;
    }
    if (method == "DELETE") {
        return Verb::kDelete;
    }
    return std::nullopt;
}

Refusal wrong_method(std::string_view allowed) {
    auto refusal = wrong_form(405, "Method not allowed", "method");
    refusal.response.headers.add("Allow", std::string(allowed));
    return refusal;
}

}  // namespace

Refusal rpc_refusal(int status, const mcp::Fault& fault, std::string_view reason) {
    return {.response = http::json_response(status, mcp::error_body(fault)),
            .rpc_code = static_cast<std::int64_t>(fault.code),
            .reason = reason};
}

std::optional<Refusal> check_form(const http::Exchange& exchange,
                                  const StageTools& /*tools*/,
                                  CallFacts& facts) {
    const http::RequestHead& head = exchange.head();
    const auto verb = verb_of(head.method);
    if (!verb) {
        return wrong_method("GET, POST, DELETE, OPTIONS");
    }
    facts.verb = *verb;
    if (head.duplicate_single_header) {
        return wrong_form(400, "A header field is repeated", "duplicate_header");
    }
    const auto version = mcp::parse_revision(head.get(http::HeaderId::kMcpProtocolVersion));
    if (*verb != Verb::kPost && version && mcp::is_modern(*version)) {
        return wrong_method("POST, OPTIONS");
    }
    if (*verb == Verb::kPost && !is_json_content(head.get(http::HeaderId::kContentType))) {
        return wrong_form(415, "Content-Type must be application/json", "content_type");
    }
    // A runtime that unpacks the body would see another one than the gateway judged.
    if (const auto encoding = head.get("Content-Encoding");
        !encoding.empty() && !iequals(encoding, "identity")) {
        return wrong_form(415, "Content-Encoding is not supported", "content_encoding");
    }
    const Accept accept = judge_accept(head);
    facts.accept = accept.complete;
    if (*verb != Verb::kDelete && !accept.usable) {
        return wrong_form(406, "Accept must allow application/json or text/event-stream", "accept");
    }
    return std::nullopt;
}

}  // namespace gatehouse::proxy
