// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/exchange.h"
#include "proxy/batch_split.h"
#include "proxy/call_facts.h"
#include "proxy/lookups.h"
#include "proxy/service_desk.h"

namespace gatehouse::proxy {

class Plane;

struct DecisionInput {
    const http::Exchange& exchange;
    const SharedUserFacts& person;  ///< may be null where the policy needs none
    Timestamp now;
    SteadyTime steady_now;
    ServiceRound* service = nullptr;  ///< what the policy service said; null where there is none
};

struct Verdict {
    std::optional<Refusal> refusal;     ///< nothing runs
    std::unique_ptr<BatchSplit> split;  ///< null: everything runs
    /// What the policy service must be asked before there is a verdict: then the rest is empty.
    std::vector<std::string> unasked;
};

/// Holds each message against the server's policy and notes the decisions in `facts` (requirements
/// H41, H71-H73, H83-H86 as contract.md section 7 has them). Of a batch, what is refused is
/// answered alone and the rest runs; a missing scope refuses it whole, because the challenge is an
/// HTTP answer.
[[nodiscard]] Verdict decide(Plane& plane, const DecisionInput& input, CallFacts& facts);

/// The answer may hold lists, or tell of resources, that the caller must not see all of.
[[nodiscard]] bool wants_cut_lists(const CallFacts& facts);

}  // namespace gatehouse::proxy
