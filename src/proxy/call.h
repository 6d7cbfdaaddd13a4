// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "budget/purse.h"
#include "http/exchange.h"
#include "http/upstream.h"
#include "mcp/outcome.h"
#include "proxy/admission.h"
#include "proxy/answer_head.h"
#include "proxy/batch_split.h"
#include "proxy/call_facts.h"
#include "proxy/call_record.h"
#include "proxy/event_relay.h"
#include "proxy/list_cutter.h"
#include "proxy/lookups.h"
#include "proxy/parts.h"
#include "proxy/service_desk.h"

namespace gatehouse::proxy {

class Plane;

/// One MCP request from the moment its caller is known until its answer is finished. Owned by the
/// plane, used again afterwards. Holds the exchange until then, and the upstream call: the client's
/// going away ends the latter.
class Call final : public http::UpstreamListener, public Waiter {
  public:
    explicit Call(Plane& plane);

    /// Judges the request and sets it going. It may be over when this returns.
    void begin(http::Exchange& exchange, Admission&& admission, const Moment& now);

    /// Once a second.
    void tick();
    /// Ends an open stream well; anything else goes on.
    void end_stream();

    [[nodiscard]] bool is_open() const { return state_ != State::kIdle; }

    /// An answer from the runtime is still to come.
    [[nodiscard]] bool has_upstream() const { return upstream_ != nullptr && !upstream_ended_; }

    /// Ready for the next request. Not inside a callback of the upstream call.
    void reset();

    void on_head(const http::UpstreamHead& head, std::string_view body, bool complete) override;
    void on_body(std::string_view bytes, bool complete) override;
    void on_error(http::UpstreamError error) override;

    [[nodiscard]] std::uint64_t stamp() const override { return stamp_; }

    void on_looked_up(std::optional<grants::GrantFailure> failure) override;

  private:
    enum class State : std::uint8_t {
        kIdle,
        kJudging,
        kWaiting,    ///< for a worker
        kSent,       ///< the runtime has the request
        kHolding,    ///< the answer is collected until it can be judged
        kStreaming,  ///< the client has the head
    };

    void note_request(Admission&& admission);
    [[nodiscard]] std::optional<Refusal> judge();
    void gather();
    [[nodiscard]] bool find_user();
    [[nodiscard]] bool reserve();
    void wait_for_leases();
    void on_lease(bool ok);
    void settle();
    [[nodiscard]] bool obeys_policy();
    void ask_service(std::vector<std::string> inputs);
    void on_service(const ServiceRound& verdicts);
    [[nodiscard]] bool find_token();
    void wait_unless(bool refused);
    void forward();
    [[nodiscard]] bool choose_replica();
    [[nodiscard]] std::size_t next_available(std::size_t first) const;
    void send();
    [[nodiscard]] bool retry_after_rejection(int status);

    void take_answer(std::string_view body, bool complete);
    [[nodiscard]] bool adapt_whole(std::string_view& body, std::string& kept);
    void answer_whole(std::string_view body);
    void start_stream(std::string_view first);
    void relay(std::string_view bytes, bool complete);
    void put(std::string_view bytes);
    void finish();
    [[nodiscard]] bool is_answered() const;
    [[nodiscard]] bool prepare_head();
    void note_answer(std::string_view message);
    void note_content(std::string_view message, const mcp::Outcome& outcome);
    void rest();

    [[nodiscard]] bool record_intent(const Decision& decision);
    [[nodiscard]] bool record_outcome(CallRecord::Part part);
    void refuse(Refusal refusal);
    void refuse_unrecorded();
    void fail(int status, mcp::RpcCode code, std::string_view message);
    void fail_upstream(http::UpstreamError error);
    void fail_stream(http::UpstreamError error);
    void respond(http::Response response);
    void client_left();
    void cut();
    void close();

    [[nodiscard]] bool wants_token() const;
    void lack_account();
    [[nodiscard]] std::string first_id() const;

    Plane& plane_;
    State state_ = State::kIdle;
    bool upstream_ended_ = false;
    std::uint64_t stamp_ = 1;
    Moment now_;  ///< when the event arrived that is being handled
    http::Exchange* exchange_ = nullptr;
    std::unique_ptr<http::UpstreamCall> upstream_;
    CallFacts facts_;
    CallRecord record_;

    SharedDownstreamToken token_;
    SharedUserFacts user_;
    budget::Hold hold_;
    std::unique_ptr<const BatchSplit> split_;
    std::unique_ptr<ListCutter> cutter_;
    std::unique_ptr<ServiceRound> service_;  ///< what the policy service said
    std::uint32_t lookups_ = 0;
    std::uint16_t lease_rounds_ = 0;
    std::uint16_t leases_ = 0;  ///< still waited for
    std::optional<std::uint64_t> rejected_version_;
    bool renewing_ = false;     ///< after a 401: what is left of that answer is of no interest
    bool asked_twice_ = false;  ///< for a newer token
    bool reserved_ = false;
    bool lease_failed_ = false;  ///< one of those that are waited for
    bool judged_ = false;        ///< by the policy
    bool learns_ = false;        ///< the answer is a list of tools worth looking at
    mcp::OutcomeDetail wanted_ = mcp::OutcomeDetail::kAll;  ///< of the answer
    bool tokenless_ = false;                                ///< goes on though there is no account
    bool started_ = false;
    bool paused_ = false;
    std::size_t replica_ = 0;
    std::size_t attempts_ = 0;

    AnswerHead answer_;
    std::string new_session_;  ///< sealed just now
    std::string held_;         ///< the answer while kHolding

    struct Events {
        EventRelay relay;
        std::uint64_t answers = 0;  ///< JSON-RPC responses seen
    };

    Events events_;
    SteadyTime waiting_since_, last_write_;
};

}  // namespace gatehouse::proxy
