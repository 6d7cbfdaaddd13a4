// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "proxy/call.h"
#include "proxy/cors.h"
#include "proxy/plane.h"
#include "proxy/stages.h"

/// How a call ends: refused, failed, left, cut, or done.
namespace gatehouse::proxy {
namespace {

using Part = CallRecord::Part;
using Verb = CallFacts::Verb;

constexpr std::chrono::seconds kMaxWait{60};
constexpr std::chrono::seconds kKeepAlive{15};
// A client gets this long to come back with a fresh token before its stream ends.
constexpr std::chrono::seconds kExpiryGrace{60};
// Nginx's word for a client that did not wait.
constexpr int kClientLeft = 499;

}  // namespace

void Call::refuse(Refusal refusal) {
    record_.answered = {.http_status = refusal.response.status,
                        .rpc_code = refusal.rpc_code,
                        .is_error = refusal.is_error};
    record_.bytes_out = refusal.response.body.size();
    const Decision decision{
        .effect = refusal.effect, .rule = refusal.rule, .reason = refusal.reason};
    if ((record_.intended() || record_intent(decision)) && record_outcome(Part::kLast)) {
        respond(std::move(refusal.response));
    } else {
        refuse_unrecorded();
    }
}

void Call::refuse_unrecorded() {
    auto refusal = rpc_refusal(503,
                               {.code = mcp::RpcCode::kInternal,
                                .message = "The call cannot be recorded",
                                .id = first_id()},
                               {});
    refusal.response.headers.add("Retry-After", "5");
    respond(std::move(refusal.response));
}

void Call::fail(int status, mcp::RpcCode code, std::string_view message) {
    auto refusal = rpc_refusal(
        status, {.code = code, .message = std::string(message), .id = first_id()}, "unavailable");
    if (status == 503) {
        refusal.response.headers.add("Retry-After", "5");
    }
    refuse(std::move(refusal));
}

void Call::respond(http::Response response) {
    response.headers.set("X-Request-Id", std::string(std::string_view(facts_.request_id)));
    response.headers.set("Cache-Control", "no-store");
    add_cors(response, facts_.page);
    http::Exchange* const exchange = std::exchange(exchange_, nullptr);
    close();
    exchange->respond(response);
}

void Call::on_error(http::UpstreamError error) {
    upstream_ended_ = true;
    if (renewing_ || state_ == State::kIdle) {
        return;
    }
    const Plane::InCallback guard(plane_);
    now_ = Moment::read(plane_.parts.clock);
    if (state_ == State::kStreaming) {
        fail_stream(error);
        return;
    }
    const std::size_t replicas = facts_.route->replicas.size();
    const bool unsent =
        error == http::UpstreamError::kConnect || error == http::UpstreamError::kUnavailable;
    // A runtime that refused the first token ran nothing either.
    record_.reached = !unsent;
    if (unsent && !facts_.session && attempts_ < replicas) {
        // Nothing was sent, so another replica may have it. From the loop, because the failed call
        // is still on the stack.
        replica_ = next_available(replica_ + 1);
        plane_.later([this, stamp = stamp_] {
            if (stamp == stamp_) {
                upstream_.reset();
                send();
            }
        });
        return;
    }
    fail_upstream(error);
}

void Call::fail_upstream(http::UpstreamError error) {
    switch (error) {
        case http::UpstreamError::kTimeout:
            fail(504, mcp::RpcCode::kRuntimeTimeout, "The runtime did not answer in time");
            return;
        case http::UpstreamError::kConnect:
            fail(502, mcp::RpcCode::kInternal, "The runtime cannot be reached");
            return;
        case http::UpstreamError::kUnavailable:
            fail(503, mcp::RpcCode::kInternal, "The runtime cannot take the call now");
            return;
        case http::UpstreamError::kClosed:
            fail(502, mcp::RpcCode::kInternal, "The runtime broke off");
            return;
        case http::UpstreamError::kBadAnswer:
            fail(502, mcp::RpcCode::kInternal, "The runtime gave no valid answer");
            return;
    }
}

void Call::tick() {
    now_ = Moment::read(plane_.parts.clock);
    if (state_ == State::kWaiting && now_.steady - waiting_since_ > kMaxWait) {
        fail(503, mcp::RpcCode::kInternal, "The call cannot be prepared now");
        return;
    }
    if (state_ != State::kStreaming) {
        return;
    }
    const auto* const route = plane_.current_routes()->find_server(facts_.route->server->name);
    // A long answer to a call may outlive its token; a stream that only listens may not.
    const bool expired =
        facts_.verb == Verb::kGet &&
        facts_.caller->expires_at + kExpiryGrace.count() < to_unix_seconds(now_.wall);
    const bool paused = facts_.verb == Verb::kGet && is_paused(plane_.paused(), facts_);
    const bool withdrawn =
        route != nullptr && facts_.caller->personal != nullptr && !route->server->personal_tokens;
    if (route == nullptr || expired || paused || withdrawn ||
        plane_.tokens.is_revoked(*facts_.caller)) {
        end_stream();
        return;
    }
    if (answer_.event_stream && !paused_ && !events_.relay.inside_event() &&
        now_.steady - last_write_ >= kKeepAlive) {
        put(": keep-alive\n\n");
    }
}

void Call::client_left() {
    now_ = Moment::read(plane_.parts.clock);
    exchange_ = nullptr;
    if (!started_) {
        record_.answered = {.http_status = kClientLeft};
    }
    // Nobody is left to be told if the journal refuses.
    if (record_.intended() || record_intent({.effect = "deny", .reason = "cancelled"})) {
        (void)record_outcome(Part::kLast);
    }
    close();
}

void Call::cut() {
    http::Exchange* const exchange = std::exchange(exchange_, nullptr);
    (void)record_outcome(Part::kLast);
    close();
    exchange->abort();
}

/// The call is over; its memory is used again as soon as no callback needs it.
void Call::close() {
    settle();
    ++stamp_;
    state_ = State::kIdle;
    plane_.retire(*this);
}

void Call::reset() {
    upstream_.reset();
    upstream_ended_ = false;
    facts_.clear();
    token_.reset();
    user_.reset();
    reserved_ = lease_failed_ = false;
    leases_ = 0;
    judged_ = learns_ = tokenless_ = false;
    split_.reset();
    cutter_.reset();
    service_.reset();
    lookups_ = lease_rounds_ = 0;
    rejected_version_.reset();
    wanted_ = mcp::OutcomeDetail::kAll;
    renewing_ = asked_twice_ = started_ = paused_ = false;
    replica_ = attempts_ = 0;
    answer_.clear();
    std::string().swap(held_);
    events_ = {};
}

}  // namespace gatehouse::proxy
