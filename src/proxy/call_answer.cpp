// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "proxy/call.h"
#include "proxy/cors.h"
#include "proxy/plane.h"
#include "proxy/redact.h"

/// The way back: what becomes of the runtime's answer.
namespace gatehouse::proxy {
namespace {

using Part = CallRecord::Part;
using Verb = CallFacts::Verb;

// Above this, an answer is streamed instead of being judged as a whole.
constexpr std::size_t kMaxWhole = 4U << 20U;
// Lists that have to be cut, and answers that others are joined to, cannot be streamed.
constexpr std::size_t kMaxAdapted = 32U << 20U;
constexpr std::chrono::hours kSessionLife{24 * 7};

/// Redirects and challenges would lead clients elsewhere, and what is no final status means nothing
/// to them (H05, H89).
bool is_relayed(int status) {
    return status >= 200 && status <= 599 && status != 401 && status != 407 &&
           (status < 300 || status > 399);
}

}  // namespace

void Call::on_head(const http::UpstreamHead& head, std::string_view body, bool complete) {
    if (state_ != State::kSent || renewing_) {
        return;
    }
    const Plane::InCallback guard(plane_);
    upstream_ended_ = complete;
    now_ = Moment::read(plane_.parts.clock);
    record_.runtime_answered(now_.steady);
    if (retry_after_rejection(head.status)) {
        return;
    }
    if (!is_relayed(head.status)) {
        fail(502, mcp::RpcCode::kInternal, "The runtime gave no valid answer");
        return;
    }
    answer_.take(head);
    if (facts_.verb == Verb::kDelete && facts_.session != nullptr) {
        if (answer_.status < 300 || answer_.status == 404) {
            plane_.parts.ended_sessions.add(facts_.session->sealed);
        }
        // Some clients throw on a 404 here, though what they wanted is done (rule 27).
        if (answer_.status == 404) {
            answer_.clear();
            answer_whole({});
            return;
        }
    }
    state_ = State::kHolding;
    take_answer(body, complete);
}

// G18: once, and only while nothing of the answer was seen by the client.
bool Call::retry_after_rejection(int status) {
    if (status != 401 || !wants_token() || rejected_version_ || token_ == nullptr) {
        return false;
    }
    rejected_version_ = token_->version;
    renewing_ = true;
    wait_unless(!plane_.lookups.ask_newer_token(facts_.caller->subject, facts_.route->server->name,
                                                *rejected_version_, *this));
    return true;
}

void Call::on_body(std::string_view bytes, bool complete) {
    if (renewing_ || (state_ != State::kHolding && state_ != State::kStreaming)) {
        upstream_ended_ = upstream_ended_ || complete;
        return;
    }
    const Plane::InCallback guard(plane_);
    now_ = Moment::read(plane_.parts.clock);
    upstream_ended_ = complete;
    if (state_ == State::kHolding) {
        take_answer(bytes, complete);
    } else {
        relay(bytes, complete);
    }
}

void Call::take_answer(std::string_view body, bool complete) {
    // The handshake's answer names the revision that goes into the sealed session id, and the id
    // goes into the head: so even its events are held back until the answer is there.
    const bool hold = !answer_.event_stream || facts_.initialize;
    if (complete && held_.empty()) {
        answer_whole(body);
        return;
    }
    if (!hold) {
        start_stream(body);
        return;
    }
    if (held_.empty()) {
        answer_.keep();
    }
    held_.append(body);
    if (complete) {
        const auto whole = std::exchange(held_, {});
        answer_whole(whole);
        return;
    }
    bool answered = false;
    if (answer_.event_stream) {
        mcp::SseScanner scanner;
        scanner.feed(held_, [&](std::string_view data) {
            answered = answered || mcp::read_outcome(data, mcp::OutcomeDetail::kKind).is_response;
        });
    }
    if (!answer_.event_stream && (cutter_ != nullptr || split_ != nullptr)) {
        if (held_.size() > kMaxAdapted) {
            fail(502, mcp::RpcCode::kInternal, "The runtime's answer is too long to be judged");
        }
        return;
    }
    if (answered || held_.size() > kMaxWhole) {
        const auto first = std::exchange(held_, {});
        start_stream(first);
    }
}

void Call::note_answer(std::string_view message) {
    const auto outcome = mcp::read_outcome(message, wanted_);
    if (!outcome.is_response) {
        if (message.contains("notifications/tools/list_changed")) {
            plane_.tool_watch.note_change(facts_.route->server->name);
        }
        return;
    }
    if (learns_ && cutter_ == nullptr) {
        plane_.tool_watch.learn(facts_.route->server->name, message);
    }
    record_.answered.rpc_code = outcome.rpc_code;
    record_.answered.is_error = outcome.is_error;
    note_content(message, outcome);
    events_.answers += 1;
    if (facts_.initialize) {
        if (const auto revision = mcp::parse_revision(outcome.protocol_version)) {
            facts_.revision = *revision;
        }
    }
}

/// What the server's `audit` lets records say of the answer itself.
void Call::note_content(std::string_view message, const mcp::Outcome& outcome) {
    const catalog::Server& server = *facts_.route->server;
    const bool nothing = server.audit_results == catalog::Capture::kNone &&
                         server.audit_arguments == catalog::Capture::kNone;
    if (!outcome.error_message.empty() && !nothing) {
        facts_.recorded().error = record_error(outcome.error_message);
    }
    if (server.audit_results != catalog::Capture::kNone && !facts_.batch && !outcome.rpc_code) {
        record_arguments(facts_.recorded().result, mcp::result_of(message), server.audit_results);
    }
}

/// Every request of the call has its answer.
bool Call::is_answered() const {
    const std::size_t expected = facts_.messages.requests();
    return expected > 0 && events_.answers >= expected;
}

/// Adds what is ours to the head. False when the session cannot be sealed.
bool Call::prepare_head() {
    record_.answered.http_status = answer_.status;
    const auto id = answer_.session_id();
    if (!id.empty() && facts_.initialize) {
        auto sealed =
            seal_session(plane_.parts.sessions, {.server = facts_.route->server->name,
                                                 .replica = facts_.route->replicas[replica_].mark,
                                                 .user = facts_.caller->subject,
                                                 .client = facts_.caller->client_id,
                                                 .connection = facts_.caller->connection,
                                                 .revision = *facts_.revision,
                                                 .url_elicitation = facts_.url_elicitation,
                                                 .expires_at = now_.wall + kSessionLife,
                                                 .runtime_id = std::string(id),
                                                 .software = std::string(facts_.software())});
        if (!sealed) {
            return false;
        }
        new_session_ = std::move(*sealed);
        answer_.add("Mcp-Session-Id", new_session_);
    } else if (!id.empty() && facts_.session != nullptr && facts_.session->runtime_id == id) {
        answer_.add("Mcp-Session-Id", facts_.session->sealed);
    }
    answer_.add("X-Request-Id", facts_.request_id);
    if (!facts_.page.empty()) {
        answer_.add("Access-Control-Allow-Origin", facts_.page);
        answer_.add("Access-Control-Expose-Headers", kExposedHeaders);
        answer_.add("Vary", "Origin");
    }
    return true;
}

/// What the client gets instead of `body`, which then points into `kept` or the cutter. False when
/// the call is over: nothing may go out.
bool Call::adapt_whole(std::string_view& body, std::string& kept) {
    const bool good = answer_.status >= 200 && answer_.status <= 299;
    if (cutter_ != nullptr && answer_.event_stream) {
        const auto events = cutter_->cut_events(body, policy::EventFilter::Part::kLast, now_.wall);
        if (!events) {
            fail(502, mcp::RpcCode::kInternal, "The runtime's answer is too long to be judged");
            return false;
        }
        body = *events;
    } else if (cutter_ != nullptr && !body.empty()) {
        const auto outcome = cutter_->cut(body, now_.wall, kept);
        if (outcome == policy::Filtered::kChanged) {
            body = kept;
        } else if (outcome != policy::Filtered::kUnchanged && good) {
            fail(502, mcp::RpcCode::kInternal, "The runtime gave no valid list");
            return false;
        } else if (outcome != policy::Filtered::kUnchanged) {
            // A status is answer enough, and the body may hold anything.
            body = {};
        }
    }
    if (split_ == nullptr || !good) {
        return true;
    }
    if (body.empty()) {
        answer_.status = 200;
        answer_.add("Content-Type", "application/json");
    }
    kept = answer_.event_stream ? answer_events(split_->answers) + std::string(body)
                                : join_answers(split_->answers, body);
    body = kept;
    return true;
}

void Call::answer_whole(std::string_view body) {
    std::string adapted;
    if ((cutter_ != nullptr || split_ != nullptr) && !adapt_whole(body, adapted)) {
        return;
    }
    if (answer_.event_stream) {
        mcp::SseScanner scanner;
        scanner.feed(body, [this](std::string_view data) { note_answer(data); });
    } else if (!facts_.batch) {
        note_answer(body);
    }
    record_.bytes_out = body.size();
    if (!prepare_head()) {
        fail(502, mcp::RpcCode::kInternal, "The runtime gave no valid answer");
        return;
    }
    if (!record_outcome(Part::kLast)) {
        fail(503, mcp::RpcCode::kInternal, "The answer cannot be recorded");
        return;
    }
    started_ = true;
    exchange_->start({.status = answer_.status,
                      .headers = answer_.views(),
                      .content_length = static_cast<std::int64_t>(body.size())},
                     body);
    if (exchange_ != nullptr) {
        finish();
    }
}

void Call::start_stream(std::string_view first) {
    if (cutter_ != nullptr) {
        const auto events = cutter_->cut_events(first, policy::EventFilter::Part::kMore, now_.wall);
        if (!events) {
            fail(502, mcp::RpcCode::kInternal, "The runtime's answer is too long to be judged");
            return;
        }
        first = *events;
    }
    std::string_view out = first;
    if (answer_.event_stream) {
        out =
            events_.relay.pass(first, false, [this](std::string_view data) { note_answer(data); });
    }
    std::string opening;
    if (facts_.verb == Verb::kGet && answer_.event_stream) {
        // Some proxies hold the head back until there is a byte of the body (rule 28).
        opening = ": open\n\n";
        opening += out;
        out = opening;
    }
    if (split_ != nullptr) {
        opening = answer_events(split_->answers) + std::string(out);
        out = opening;
    }
    if (!prepare_head()) {
        fail(502, mcp::RpcCode::kInternal, "The runtime gave no valid answer");
        return;
    }
    record_.bytes_out += out.size();
    const Part part = is_answered() ? Part::kLast : Part::kFirst;
    if (!record_outcome(part)) {
        fail(503, mcp::RpcCode::kInternal, "The answer cannot be recorded");
        return;
    }
    state_ = State::kStreaming;
    started_ = true;
    last_write_ = now_.steady;
    exchange_->start({.status = answer_.status, .headers = answer_.views()}, out);
    if (state_ == State::kStreaming) {
        rest();
    }
}

/// A stream may last for hours: nothing that only its beginning needed stays.
void Call::rest() {
    exchange_->release_request();
    facts_.forget_request();
    answer_.forget_fields();
    std::string().swap(new_session_);
    events_.relay.sent();
    token_.reset();
    user_.reset();
    split_.reset();
}

void Call::relay(std::string_view bytes, bool complete) {
    if (cutter_ != nullptr) {
        const auto part =
            complete ? policy::EventFilter::Part::kLast : policy::EventFilter::Part::kMore;
        const auto events = cutter_->cut_events(bytes, part, now_.wall);
        if (!events) {
            cut();
            return;
        }
        bytes = *events;
    }
    std::string_view out = bytes;
    if (answer_.event_stream) {
        out = events_.relay.pass(bytes, complete,
                                 [this](std::string_view data) { note_answer(data); });
    }
    record_.bytes_out += out.size();
    // The record ends before the client has its answer in hand, even if the runtime leaves the
    // stream open.
    if ((complete || is_answered()) && !record_outcome(Part::kLast)) {
        cut();
        return;
    }
    put(out);
    events_.relay.sent();
    if (complete && state_ == State::kStreaming) {
        finish();
    }
}

void Call::put(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    last_write_ = now_.steady;
    if (exchange_->write(bytes) == http::Exchange::WriteState::kFull && has_upstream()) {
        paused_ = true;
        upstream_->pause();
    }
}

void Call::finish() {
    http::Exchange* const exchange = std::exchange(exchange_, nullptr);
    close();
    exchange->finish();
}

// H65: a client that cannot resume learns that its answer will not come.
void Call::fail_stream(http::UpstreamError error) {
    if (!answer_.event_stream || events_.relay.inside_event()) {
        cut();
        return;
    }
    const bool timeout = error == http::UpstreamError::kTimeout;
    const auto code = timeout ? mcp::RpcCode::kRuntimeTimeout : mcp::RpcCode::kInternal;
    std::string last_words;
    if (!events_.relay.saw_id() && events_.answers == 0) {
        for (const MessageFacts& message : facts_.messages) {
            if (message.kind != mcp::MessageKind::kRequest || message.refused) {
                continue;
            }
            last_words += "event: message\ndata: ";
            last_words += mcp::error_body(
                {.code = code,
                 .message = timeout ? "The runtime fell silent" : "The runtime broke off",
                 .id = message.id});
            last_words += "\n\n";
        }
        if (!last_words.empty()) {
            record_.answered.rpc_code = static_cast<std::int64_t>(code);
        }
    }
    record_.bytes_out += last_words.size();
    if (!record_outcome(Part::kLast)) {
        cut();
        return;
    }
    put(last_words);
    if (state_ == State::kStreaming) {
        finish();
    }
}

void Call::end_stream() {
    if (state_ != State::kStreaming) {
        return;
    }
    const bool recorded = record_outcome(Part::kLast);
    if (!recorded || !answer_.event_stream || events_.relay.inside_event()) {
        cut();
    } else {
        finish();
    }
}

}  // namespace gatehouse::proxy
