// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/strings.h"
#include "mcp/headers.h"
#include "proxy/redact.h"
#include "proxy/retry_state.h"
#include "proxy/stages.h"

namespace gatehouse::proxy {
namespace {

using Verb = CallFacts::Verb;

std::optional<std::string_view> field(const http::RequestHead& head, http::HeaderId id) {
    return head.has(id) ? std::optional(head.get(id)) : std::nullopt;
}

policy::ItemKind item_kind(const mcp::Message& message) {
    switch (message.reference) {
        case mcp::Reference::kNone:
            return policy::kind_of(message.method);
        case mcp::Reference::kPrompt:
            return policy::ItemKind::kPrompt;
        case mcp::Reference::kResource:
            return policy::ItemKind::kResource;
        case mcp::Reference::kUnclear:
            return policy::ItemKind::kUnclear;
    }
    return policy::ItemKind::kUnclear;
}

/// "name/version", short and printable: a client chooses it freely.
void note_software(const mcp::Message& first, std::string& out) {
    constexpr std::size_t kMaxSoftware = 96;
    out = first.client_name;
    if (!first.client_version.empty()) {
        out += '/';
        out += first.client_version;
    }
    const bool is_plain = out.size() <= kMaxSoftware &&
                          std::ranges::all_of(out, [](char c) { return c >= 0x20 && c < 0x7F; });
    if (!is_plain) {
        out = sanitize_text(out, kMaxSoftware);
        std::erase(out, '\n');
    }
}

void note_messages(const mcp::Body& body, std::string_view text, CallFacts& facts) {
    const auto capture = facts.route->server->audit_arguments;
    facts.batch = body.batch;
    for (const mcp::Message& message : body.messages) {
        MessageFacts& noted = facts.messages.add();
        noted.kind = message.kind;
        noted.method = message.method;
        noted.item = message.item;
        noted.id = message.id;
        noted.item_kind = item_kind(message);
        noted.odd_arguments = message.odd_arguments;
        if (!message.arguments.empty()) {
            noted.arguments_at = static_cast<std::size_t>(message.arguments.data() - text.data());
            noted.arguments_size = message.arguments.size();
        }
        record_arguments(noted.arguments, message.arguments, capture);
    }
    const mcp::Message& first = body.messages.front();
    facts.initialize =
        first.method == "initialize" && first.kind == mcp::MessageKind::kRequest && !body.batch;
    facts.url_elicitation = first.declares_url_elicitation;
    if (!first.client_name.empty()) {
        note_software(first, facts.recorded().software);
    }
}

/// The session that the request names, for whoever may use it; null for others.
SharedSession find_session(std::string_view sealed,
                           const StageTools& tools,
                           const CallFacts& facts) {
    auto session = tools.sessions.open(sealed,
                                       {.server = facts.route->server->name,
                                        .user = facts.caller->subject,
                                        .client = facts.caller->client_id},
                                       tools.now);
    if (session == nullptr || tools.parts.ended_sessions.contains(sealed) ||
        facts.route->find_replica(session->replica) == facts.route->replicas.size()) {
        return nullptr;
    }
    return session;
}

Refusal unknown_session(std::string id) {
    return rpc_refusal(404,
                       {.code = mcp::RpcCode::kUnknownSession,
                        .message = "Session not found",
                        .id = std::move(id)},
                       "session");
}

Refusal refused(const mcp::Fault& fault, std::string_view reason) {
    return rpc_refusal(400, fault, reason);
}

bool speaks_modern(const mcp::Body& body, const mcp::RoutingHeaders& headers) {
    const auto named = headers.version ? mcp::parse_revision(trim(*headers.version)) : std::nullopt;
    return body.messages.front().has_meta_version || (named && mcp::is_modern(*named));
}

std::optional<mcp::Revision> session_revision(const CallFacts& facts) {
    return facts.session == nullptr ? std::nullopt : std::optional(facts.session->revision);
}

std::optional<Refusal> read_bodyless(const mcp::RoutingHeaders& headers, CallFacts& facts) {
    const auto revision = mcp::revision_of(headers.version, session_revision(facts));
    if (!revision) {
        return refused(revision.error(), "version");
    }
    facts.revision = *revision;
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> read_message(const http::Exchange& exchange,
                                    const StageTools& tools,
                                    CallFacts& facts) {
    const http::RequestHead& head = exchange.head();
    const mcp::RoutingHeaders headers{.version = field(head, http::HeaderId::kMcpProtocolVersion),
                                      .method = field(head, http::HeaderId::kMcpMethod),
                                      .name = field(head, http::HeaderId::kMcpName)};
    std::expected<mcp::Body, mcp::Fault> body;
    if (facts.verb == Verb::kPost) {
        body = tools.classifier.classify(exchange.body());
        if (!body) {
            return refused(body.error(), "malformed");
        }
        note_messages(*body, exchange.body(), facts);
    }
    // The session comes after the body because `initialize` and modern requests carry none, and
    // before the rest because it may say which revision they speak.
    const auto sealed = head.get(http::HeaderId::kMcpSessionId);
    const bool sessionless =
        facts.initialize || (facts.verb == Verb::kPost && speaks_modern(*body, headers));
    if (head.has(http::HeaderId::kMcpSessionId) && !sessionless) {
        facts.session = find_session(sealed, tools, facts);
        if (facts.session == nullptr) {
            return unknown_session(facts.messages.empty() ? "" : facts.messages.front().id);
        }
        if (facts.software().empty() && !facts.session->software.empty()) {
            facts.recorded().software = facts.session->software;
        }
    }
    if (facts.verb != Verb::kPost) {
        return read_bodyless(headers, facts);
    }
    const auto revision = mcp::agree(*body, headers, session_revision(facts));
    if (!revision) {
        return refused(revision.error(), "header_mismatch");
    }
    facts.revision = *revision;
    // Only revisions with retries know what is in them.
    if (!mcp::is_modern(*revision)) {
        return std::nullopt;
    }
    return open_retry(tools.parts.sessions, body->messages.front(), exchange.body(), tools.now,
                      facts);
}

}  // namespace gatehouse::proxy
