// SPDX-License-Identifier: Apache-2.0
#include "proxy/call.h"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/budgeting.h"
#include "proxy/decide.h"
#include "proxy/plane.h"
#include "proxy/reconnect.h"
#include "proxy/stages.h"
#include "proxy/upstream_head.h"

namespace gatehouse::proxy {
namespace {

using Part = CallRecord::Part;
using Verb = CallFacts::Verb;

constexpr std::uint32_t kMaxLookups = 6;
// Others may take what a lease brought; each round somebody got further.
constexpr std::uint32_t kMaxLeaseRounds = 100;

/// Only tools say in their result that they failed, and only `initialize` what was agreed on.
mcp::OutcomeDetail wanted_detail(const CallFacts& facts) {
    const bool plain = facts.messages.size() == 1 && !facts.initialize &&
                       facts.messages.front().method != "tools/call";
    return plain ? mcp::OutcomeDetail::kKind : mcp::OutcomeDetail::kAll;
}

}  // namespace

Call::Call(Plane& plane) : plane_(plane) {}

/// The life of a call. Each stage stands where it does for a reason; whatever refuses it, the
/// refusal is recorded, because from here on the caller is known (Host, path, Origin and token were
/// judged by `admit`, before the body was looked at).
std::optional<Refusal> Call::judge() {
    constexpr std::array<Stage, 3> kStages{
        // Cheap, and needs no body: what is no MCP request goes no further.
        check_form,
        // Everything after it must see what the runtime will see, so reading is strict, and the
        // session and the header fields are held against the body.
        read_message,
        // What an operator stopped is refused whatever rules would say of it.
        refuse_paused,
    };
    const StageTools tools{.parts = plane_.parts,
                           .classifier = plane_.classifier,
                           .sessions = plane_.sessions,
                           .paused = plane_.paused(),
                           .now = now_.wall};
    for (const Stage stage : kStages) {
        if (auto refusal = stage(*exchange_, tools, facts_)) {
            return refusal;
        }
    }
    // Still to come in gather(), because facts about the person may have to be waited for:
    // policies, which come after reading, because they decide on the body's values only, and before
    // budgets, because a call that may not run costs nothing; budgets before the downstream token,
    // because a refused call must not cause a refresh; the token, which may park the call.
    // forward() records the intent, as late as possible so that it tells what really goes out, and
    // sends it.
    return std::nullopt;
}

void Call::begin(http::Exchange& exchange, Admission&& admission, const Moment& now) {
    state_ = State::kJudging;
    now_ = now;
    exchange_ = &exchange;
    record_.begin(now.steady, exchange.body().size());
    note_request(std::move(admission));
    exchange.on_closed = [this, stamp = stamp_] {
        if (stamp == stamp_) {
            client_left();
        }
    };
    exchange.on_drained = [this, stamp = stamp_] {
        if (stamp == stamp_ && std::exchange(paused_, false) && has_upstream()) {
            upstream_->resume();
        }
    };
    if (auto refusal = judge()) {
        refuse(std::move(*refusal));
        return;
    }
    gather();
}

void Call::note_request(Admission&& admission) {
    const http::RequestHead& head = exchange_->head();
    facts_.routes = std::move(admission.routes);
    facts_.route = admission.route;
    facts_.caller = std::move(admission.caller);
    facts_.service = plane_.service_of(admission.route->server->name);
    facts_.page = admission.page;
    facts_.public_origin = admission.route->server->origin;
    facts_.public_path = head.path;
    facts_.http_method = head.method;
    facts_.request_id = plane_.ids.next();
    const auto trace = trace_id_of(head.get(http::HeaderId::kTraceparent));
    facts_.continues_trace = !trace.empty();
    if (facts_.continues_trace) {
        std::ranges::copy(trace, facts_.trace_id.text.begin());
    } else {
        facts_.trace_id = plane_.ids.next();
    }
}

bool Call::wants_token() const {
    return !facts_.route->server->profile.empty();
}

void Call::gather() {
    if (++lookups_ > kMaxLookups) {
        fail(503, mcp::RpcCode::kInternal, "The call cannot be prepared now");
        return;
    }
    if (find_user() && obeys_policy() && reserve() && find_token()) {
        forward();
    }
}

/// As find_user.
bool Call::obeys_policy() {
    if (std::exchange(judged_, true)) {
        return true;
    }
    if (facts_.route->policy != nullptr || facts_.service != nullptr) {
        if (facts_.service != nullptr && service_ == nullptr) {
            service_ = std::make_unique<ServiceRound>();
        }
        auto verdict = decide(plane_,
                              {.exchange = *exchange_,
                               .person = user_,
                               .now = now_.wall,
                               .steady_now = now_.steady,
                               .service = service_.get()},
                              facts_);
        if (!verdict.unasked.empty()) {
            ask_service(std::move(verdict.unasked));
            return false;
        }
        if (verdict.refusal) {
            refuse(std::move(*verdict.refusal));
            return false;
        }
        split_ = std::move(verdict.split);
    }
    // After the rules: what they hide must not be told apart by being new.
    if (auto refusal = plane_.tool_watch.refuse_unapproved(facts_)) {
        refuse(std::move(*refusal));
        return false;
    }
    wanted_ = wanted_detail(facts_);
    learns_ = facts_.messages.size() == 1 && facts_.messages.front().method == "tools/list" &&
              plane_.tool_watch.wants_list(facts_.route->server->name, now_.steady);
    if (wants_cut_lists(facts_)) {
        cutter_ = std::make_unique<ListCutter>(plane_, facts_, user_, learns_);
    }
    return true;
}

/// Decides again once the service said what it has to say.
void Call::ask_service(std::vector<std::string> inputs) {
    judged_ = false;
    const catalog::PolicyService& service = *facts_.service;
    wait_unless(false);
    const bool taken = plane_.service_desk.ask(
        service, inputs, [mailbox = plane_.mailbox(), this, stamp = stamp_](ServiceRound verdicts) {
            mailbox([this, stamp, verdicts = std::move(verdicts)] {
                if (stamp == stamp_) {
                    on_service(verdicts);
                }
            });
        });
    if (!taken) {
        ServiceRound nothing;
        for (std::string& input : inputs) {
            nothing.emplace(std::move(input), nullptr);
        }
        on_service(nothing);
    }
}

void Call::on_service(const ServiceRound& verdicts) {
    now_ = Moment::read(plane_.parts.clock);
    const catalog::PolicyService& service = *facts_.service;
    plane_.service_desk.remember(service, verdicts, now_.steady);
    for (const auto& [input, verdict] : verdicts) {
        (*service_)[input] = verdict == nullptr ? ServiceDesk::without_answer(service) : verdict;
    }
    gather();
}

/// False when the call waits, or is over.
bool Call::find_user() {
    const Route& route = *facts_.route;
    const bool wanted = route.server->worker.identity_headers || route.budgets.needs_person() ||
                        (route.policy != nullptr && route.policy->needs_person()) ||
                        facts_.service != nullptr ||
                        (facts_.caller->personal != nullptr && !route.server->access.everyone());
    if (!wanted || user_ != nullptr) {
        return true;
    }
    const std::string& user = facts_.caller->subject;
    user_ = plane_.lookups.user(user, now_);
    if (user_ == nullptr) {
        wait_unless(!plane_.lookups.ask_user(user, *this));
    }
    return user_ != nullptr;
}

/// As find_user. After everything that may refuse the call, before what costs others something.
bool Call::reserve() {
    if (reserved_ || facts_.route->budgets.rules().empty() || facts_.messages.empty()) {
        return true;
    }
    switch (reserve_budgets(plane_.purse, facts_, user_, hold_)) {
        case budget::Verdict::kHeld:
            reserved_ = true;
            return true;
        case budget::Verdict::kWait:
            wait_for_leases();
            return false;
        case budget::Verdict::kRefused:
            refuse(refuse_over_budget(plane_.purse.shortage(), facts_, now_.wall));
            return false;
        case budget::Verdict::kUnavailable:
            refuse(refuse_uncounted(facts_));
            return false;
    }
    return false;
}

void Call::wait_for_leases() {
    if (++lease_rounds_ > kMaxLeaseRounds) {
        refuse(refuse_uncounted(facts_));
        return;
    }
    wait_unless(false);
    lease_failed_ = false;
    // Told through the loop's mailbox, so never before this is done.
    const auto asked = plane_.purse.ask(
        plane_.parts.run_on_worker, [mailbox = plane_.mailbox(), this, stamp = stamp_](bool ok) {
            mailbox([this, stamp, ok] {
                if (stamp == stamp_) {
                    on_lease(ok);
                }
            });
        });
    leases_ = static_cast<std::uint16_t>(asked);
}

void Call::on_lease(bool ok) {
    lease_failed_ = lease_failed_ || !ok;
    if (--leases_ > 0) {
        return;
    }
    now_ = Moment::read(plane_.parts.clock);
    if (lease_failed_) {
        refuse(refuse_uncounted(facts_));
    } else if (reserve() && find_token()) {
        forward();
    }
}

void Call::settle() {
    if (!record_.reached) {
        plane_.purse.refund(hold_);
    } else {
        plane_.purse.settle(hold_, record_.bytes_in() + record_.bytes_out);
    }
}

/// As find_user.
bool Call::find_token() {
    if (!wants_token() || tokenless_) {
        return true;
    }
    const std::string& user = facts_.caller->subject;
    const std::string& server = facts_.route->server->name;
    token_ = plane_.lookups.token(
        {.user = user, .server = server, .connection = facts_.caller->connection}, now_);
    if (token_ == nullptr) {
        wait_unless(!plane_.lookups.ask_token(user, server, *this));
        return false;
    }
    // A look-up that began before the runtime's refusal brings the refused token again.
    if (rejected_version_ != token_->version) {
        return true;
    }
    if (std::exchange(asked_twice_, true)) {
        fail(502, mcp::RpcCode::kInternal, "The runtime refuses the account's token");
    } else {
        wait_unless(!plane_.lookups.ask_newer_token(user, server, *rejected_version_, *this));
    }
    return false;
}

// `refused`: no worker took the look-up.
void Call::wait_unless(bool refused) {
    if (refused) {
        fail(503, mcp::RpcCode::kInternal, "The gateway is busy");
        return;
    }
    exchange_->retain();
    state_ = State::kWaiting;
    waiting_since_ = now_.steady;
}

void Call::on_looked_up(std::optional<grants::GrantFailure> failure) {
    now_ = Moment::read(plane_.parts.clock);
    // A new token replaces what is left of the refused answer.
    if (std::exchange(renewing_, false)) {
        upstream_.reset();
        upstream_ended_ = false;
    }
    if (!failure) {
        gather();
        return;
    }
    switch (*failure) {
        case grants::GrantFailure::kMissing:
            lack_account();
            return;
        case grants::GrantFailure::kTransient:
            fail(503, mcp::RpcCode::kInternal, "The account's server cannot be reached now");
            return;
        case grants::GrantFailure::kOperator:
            fail(502, mcp::RpcCode::kInternal, "The account's server refuses the gateway");
            return;
    }
}

void Call::lack_account() {
    if (!rejected_version_ && runs_without_account(facts_)) {
        tokenless_ = true;
        gather();
        return;
    }
    refuse(refuse_reconnect(plane_.parts, *exchange_, facts_, now_.wall));
}

void Call::forward() {
    if (!choose_replica()) {
        fail(502, mcp::RpcCode::kInternal, "The server has no runtime");
        return;
    }
    if (!record_.intended() &&
        !record_intent({.runtime = facts_.route->server->runtimes[replica_]})) {
        refuse_unrecorded();
        return;
    }
    send();
}

bool Call::choose_replica() {
    const std::size_t count = facts_.route->replicas.size();
    if (facts_.session) {
        replica_ = facts_.route->find_replica(facts_.session->replica);
    } else if (count != 0) {
        replica_ = next_available(plane_.next_replica++);
    }
    return replica_ < count;
}

/// From `first` on; where none is available, `first`, which then says so.
std::size_t Call::next_available(std::size_t first) const {
    const std::size_t count = facts_.route->replicas.size();
    for (std::size_t i = 0; count > 1 && i < count; ++i) {
        const std::size_t replica = (first + i) % count;
        if (plane_.parts.pool_for(*facts_.route->server, replica).is_available()) {
            return replica;
        }
    }
    return first % count;
}

void Call::send() {
    // Sent again after a 401, or to another replica after a failed connect: then the request must
    // still be there.
    if (wants_token() || facts_.route->replicas.size() > 1) {
        exchange_->retain();
    }
    const Replica& replica = facts_.route->replicas[replica_];
    const std::string_view body = split_ != nullptr     ? split_->body
                                  : facts_.body.empty() ? exchange_->body()
                                                        : facts_.body;
    const Traceparent made = make_traceparent(facts_.trace_id, facts_.request_id);
    Additions additions{.accept = facts_.accept,
                        .request_id = facts_.request_id,
                        .traceparent = facts_.continues_trace
                                           ? exchange_->head().get(http::HeaderId::kTraceparent)
                                           : std::string_view(made),
                        .keep_tracestate = facts_.continues_trace,
                        .keep_last_event_id = facts_.session != nullptr,
                        .token = token_.get(),
                        .body_size = body.size()};
    if (facts_.session != nullptr) {
        additions.session_id = facts_.session->runtime_id;
    }
    if (facts_.route->server->worker.identity_headers) {
        additions.identity = plane_.identities.get(
            {.caller = *facts_.caller, .user = user_, .route = *facts_.route, .replica = replica},
            now_.wall);
    }
    build_upstream_head(plane_.upstream_head, exchange_->head(), *facts_.route, replica, additions);
    const Limits& limits = plane_.parts.limits;
    ++attempts_;
    state_ = State::kSent;
    upstream_ended_ = false;
    record_.reached = true;
    record_.runtime_asked(now_.steady);
    http::UpstreamPool& pool = plane_.parts.pool_for(*facts_.route->server, replica_);
    // A runtime may keep quiet on a GET until it has something to say.
    auto upstream =
        pool.send({.head = plane_.upstream_head.view(),
                   .body = facts_.verb == Verb::kPost ? body : "",
                   .first_byte_timeout =
                       facts_.verb == Verb::kGet ? limits.idle_stream : limits.upstream_timeout,
                   .idle_timeout = limits.idle_stream},
                  *this);
    // The whole answer, or a failure, may have come already.
    if (state_ != State::kIdle && !upstream_ended_) {
        upstream_ = std::move(upstream);
    }
}

bool Call::record_intent(const Decision& decision) {
    const auto done = record_.intend(plane_.parts.journal, facts_, decision, now_.wall);
    if (!done) {
        plane_.note_journal_trouble(done.error());
    }
    return done.has_value();
}

bool Call::record_outcome(Part part) {
    const auto done = record_.conclude(plane_.parts.journal, part, facts_, now_);
    if (!done) {
        plane_.note_journal_trouble(done.error());
    }
    return done.has_value();
}

std::string Call::first_id() const {
    return facts_.batch || facts_.messages.empty() ? std::string() : facts_.messages.front().id;
}

}  // namespace gatehouse::proxy
