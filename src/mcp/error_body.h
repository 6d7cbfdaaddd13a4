// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::mcp {

/// Codes of errors that the gateway itself answers with (requirements H80-H98).
enum class RpcCode : std::int32_t {
    kParseError = -32700,
    kInvalidRequest = -32600,
    kMethodNotFound = -32601,
    kInvalidParams = -32602,
    kInternal = -32603,
    kResourceNotFound = -32002,  ///< of revisions before 2026-07-28
    kHeaderMismatch = -32020,
    kUnsupportedVersion = -32022,
    kUrlElicitation = -32042,  ///< of revision 2025-11-25 alone
    kMissingScope = -31001,
    kRefused = -31002,
    kOverBudget = -31003,
    kRuntimeTimeout = -31004,
    kUnknownSession = -31005,
};

/// Why a message is refused. `id` is the request's id as JSON text, empty when it has none.
struct Fault {
    RpcCode code = RpcCode::kInvalidRequest;
    std::string message;
    std::string id;
    std::string data;  ///< JSON text, or empty
};

/// A JSON-RPC error response. Without an id the member is left out: MCP's schema knows no null.
[[nodiscard]] std::string error_body(const Fault& fault);
/// A JSON-RPC result response; `id` and `result` are JSON text.
[[nodiscard]] std::string result_body(std::string_view id, std::string_view result);
/// `text` as a JSON string with its quotes.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace gatehouse::mcp
