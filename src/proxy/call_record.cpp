// SPDX-License-Identifier: Apache-2.0
#include "proxy/call_record.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::size_t kMaxMethod = 128;
constexpr std::size_t kMaxItem = 512;

/// What clients chose freely is kept short. `kept` holds the text if it has to be another one.
std::string_view shorten(std::string_view text, std::size_t limit, std::string& kept) {
    if (text.size() <= limit) {
        return text;
    }
    kept = sanitize_text(text, limit);
    return kept;
}

/// What one message adds to the intents of a call; `kept` as for `shorten`.
void describe_message(const MessageFacts& message,
                      std::array<std::string, 2>& kept,
                      audit::CallIntent& intent) {
    intent.method = message.kind == mcp::MessageKind::kResponse
                        ? std::string_view("response")
                        : shorten(message.method, kMaxMethod, kept[0]);
    intent.item = shorten(message.item, kMaxItem, kept[1]);
    intent.arguments = message.arguments;
}

/// What the i-th message costs; -1 where nobody counts.
std::int64_t units_of(const CallFacts& facts, std::size_t i) {
    if (i >= facts.messages.size() || facts.messages[i].method != "tools/call" ||
        !facts.route->budgets.counts()) {
        return -1;
    }
    return static_cast<std::int64_t>(facts.route->budgets.cost_of(facts.messages[i].item));
}

}  // namespace

void CallRecord::begin(SteadyTime now, std::uint64_t bytes_in) {
    answered = {};
    bytes_out = 0;
    reached = false;
    calls_.clear();
    began_at_ = now;
    asked_at_.reset();
    answered_at_.reset();
    bytes_in_ = bytes_in;
    concluded_ = false;
}

Result<void> CallRecord::intend(audit::CallJournal& journal,
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
        .client_version = facts.software(),
        .runtime = decision.runtime,
        .effect = decision.effect,
        .rule = decision.rule,
        .reason = decision.reason,
        .bytes_in = bytes_in_};
    std::array<std::string, 2> kept;
    intent.method = shorten(facts.http_method, kMaxMethod, kept[0]);
    const std::size_t count = std::max<std::size_t>(facts.messages.size(), 1);
    for (std::size_t i = 0; i < count; ++i) {
        if (!facts.messages.empty()) {
            describe_message(facts.messages[i], kept, intent);
            const bool own = decision.effect == Decision{}.effect;
            const Decision& decided = own ? facts.messages[i].decision : decision;
            intent.effect = decided.effect;
            intent.rule = decided.rule;
            intent.reason = decided.reason;
            intent.runtime = decided.effect == "deny" ? std::string_view{} : decision.runtime;
        }
        const auto call = journal.intent(intent);
        if (!call) {
            return std::unexpected(call.error());
        }
        calls_.push_back({.call = *call, .units = units_of(facts, i)});
    }
    return {};
}

Result<void> CallRecord::conclude(audit::CallJournal& journal,
                                  Part part,
                                  const CallFacts& facts,
                                  const Moment& now) {
    if (concluded_ || calls_.empty()) {
        return {};
    }
    audit::CallOutcome outcome{.time = now.wall,
                               .http_status = answered.http_status,
                               .rpc_code = answered.rpc_code,
                               .is_error = answered.is_error,
                               .duration = duration_cast<microseconds>(now.steady - began_at_),
                               .bytes_out = bytes_out,
                               .error = facts.texts == nullptr ? "" : facts.texts->error,
                               .result = facts.texts == nullptr ? "" : facts.texts->result,
                               .last = part == Part::kLast};
    if (asked_at_) {
        const auto until = part == Part::kLast ? now.steady : answered_at_.value_or(now.steady);
        outcome.runtime = duration_cast<microseconds>(until - *asked_at_);
    }
    for (const Entry& entry : calls_) {
        outcome.units = entry.units == kUncounted
                            ? std::nullopt
                            : std::optional<std::int64_t>(reached ? entry.units : 0);
        if (auto done = journal.outcome(entry.call, outcome); !done) {
            return done;
        }
    }
    concluded_ = part == Part::kLast;
    return {};
}

}  // namespace gatehouse::proxy
