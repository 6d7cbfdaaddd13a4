// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mcp/revision.h"
#include "policy/policy.h"
#include "proxy/call_facts.h"

namespace gatehouse::proxy {

/// What a client is told of a refused message.
struct PolicyAnswer {
    std::string body;  ///< a JSON-RPC response
    std::optional<std::int64_t> rpc_code;
    std::optional<bool> is_error;
};

/// As contract.md section 7 wants it: hidden things are unknown, a visible refusal of a tool is a
/// tool result, everything else an error of its own. `decision` is a denial.
[[nodiscard]] PolicyAnswer answer_denied(const MessageFacts& message,
                                         const policy::Decision& decision,
                                         mcp::Revision revision);

/// An empty list, where everything is hidden from everybody; empty for other methods.
[[nodiscard]] std::string answer_empty_list(const MessageFacts& message, mcp::Revision revision);

/// 200 with JSON, or with one event where that is all that the client takes.
[[nodiscard]] http::Response answer_response(std::string body, std::string_view accept);

}  // namespace gatehouse::proxy
