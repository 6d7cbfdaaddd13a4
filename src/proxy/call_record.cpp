// SPDX-License-Identifier: Apache-2.0
#include "proxy/call_record.h"

#include "base/strings.h"
#include "telemetry/log.h"

namespace gatehouse::proxy {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::size_t kMaxMethod = 128;
constexpr std::size_t kMaxItem = 512;

/// What clients chose freely is kept short.
std::string shorten(std::string_view text, std::size_t limit) {
    return text.size() <= limit ? std::string(text) : sanitize_text(text, limit);
}

std::string method_of(const MessageFacts& message) {
    return message.kind == mcp::MessageKind::kResponse ? "response"
                                                       : shorten(message.method, kMaxMethod);
}

}  // namespace

void CallRecord::begin(SteadyTime now, std::uint64_t bytes_in) {
    began_at_ = now;
    bytes_in_ = bytes_in;
}

bool CallRecord::intend(audit::CallJournal& journal,
                        const CallFacts& facts,
                        const Decision& decision,
                        Timestamp now) {
    audit::CallIntent intent{
        .time = now,
        .request_id = facts.request_id,
        .trace_id = facts.trace_id,
        .server = facts.route->server->name,
        .user = facts.caller->subject,
        .client = facts.caller->client_id,
        .connection = facts.caller->connection,
        .revision = facts.revision ? mcp::revision_name(*facts.revision) : std::string_view{},
        .effect = decision.effect,
        .rule = decision.rule,
        .reason = decision.reason,
        .bytes_in = bytes_in_};
    std::string method = shorten(facts.http_method, kMaxMethod);
    std::string item;
    intent.method = method;
    const std::size_t count = facts.messages.empty() ? 1 : facts.messages.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (!facts.messages.empty()) {
            const MessageFacts& message = facts.messages[i];
            method = method_of(message);
            item = shorten(message.item, kMaxItem);
            intent.method = method;
            intent.item = item;
            intent.arguments = message.arguments;
        }
        const auto call = journal.intent(intent);
        if (!call) {
            telemetry::error("proxy", "the journal refuses a call: {}", describe(call.error()));
            return false;
        }
        calls_.push_back(*call);
    }
    return true;
}

bool CallRecord::conclude(audit::CallJournal& journal, Part part, const Clock& clock) {
    if (concluded_ || calls_.empty()) {
        return true;
    }
    const auto now = clock.steady_now();
    audit::CallOutcome outcome{.time = clock.now(),
                               .http_status = answered.http_status,
                               .rpc_code = answered.rpc_code,
                               .is_error = answered.is_error,
                               .duration = duration_cast<microseconds>(now - began_at_),
                               .bytes_out = bytes_out,
                               .last = part == Part::kLast};
    if (asked_at_) {
        const auto until = part == Part::kLast ? now : answered_at_.value_or(now);
        outcome.runtime = duration_cast<microseconds>(until - *asked_at_);
    }
    for (const std::uint64_t call : calls_) {
        if (const auto done = journal.outcome(call, outcome); !done) {
            telemetry::error("proxy", "the journal refuses an outcome: {}", describe(done.error()));
            return false;
        }
    }
    concluded_ = part == Part::kLast;
    return true;
}

}  // namespace gatehouse::proxy
