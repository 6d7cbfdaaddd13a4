// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/call_facts.h"

namespace gatehouse::proxy {

/// Why a call does not run, as the client and its model are told.
struct InBandReason {
    std::string_view reason;  ///< "budget" or "blocked"
    std::string_view rule;    ///< of budgets, else empty
    std::string text;
    std::optional<std::chrono::seconds> retry_after;
    mcp::RpcCode code = mcp::RpcCode::kRefused;
};

/// A visible refusal of everything in the call, inside MCP (contract.md section 7): tool calls get
/// a tool result, other requests an error, what wants no answer gets none. Of a request without a
/// body, 405: clients take it for a server that offers no stream.
[[nodiscard]] Refusal refuse_in_band(const CallFacts& facts, const InBandReason& why);

}  // namespace gatehouse::proxy
