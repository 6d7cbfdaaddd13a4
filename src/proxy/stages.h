// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "budget/pauses.h"
#include "http/exchange.h"
#include "mcp/message.h"
#include "proxy/call_facts.h"
#include "proxy/parts.h"

namespace gatehouse::proxy {

/// What stages may look at besides the request.
struct StageTools {
    const Parts& parts;
    mcp::Classifier& classifier;
    SessionCache& sessions;
    const budget::PauseSet& paused;
    Timestamp now;
};

/// Looks at one thing; a refusal ends the call.
using Stage = std::optional<Refusal> (*)(const http::Exchange& exchange,
                                         const StageTools& tools,
                                         CallFacts& facts);

/// Method, single-value fields, content type and Accept (requirements H06, H07, H45).
std::optional<Refusal> check_form(const http::Exchange& exchange,
                                  const StageTools& tools,
                                  CallFacts& facts);
/// Reads the body; then the session, the revision and the header fields that must agree with it
/// (requirements H09, H10, H20-H24, H40-H43).
std::optional<Refusal> read_message(const http::Exchange& exchange,
                                    const StageTools& tools,
                                    CallFacts& facts);
/// What an operator paused is refused visibly (contract.md section 11).
std::optional<Refusal> refuse_paused(const http::Exchange& exchange,
                                     const StageTools& tools,
                                     CallFacts& facts);
/// Nothing of this caller at this server may go on.
[[nodiscard]] bool is_paused(const budget::PauseSet& paused, const CallFacts& facts);

}  // namespace gatehouse::proxy
