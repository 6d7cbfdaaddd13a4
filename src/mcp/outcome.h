// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::mcp {

/// What a runtime's message says about the call it answers.
struct Outcome {
    bool is_response = false;  ///< a JSON-RPC result or error, not a request or notification
    std::optional<std::int64_t> rpc_code;  ///< error.code
    std::optional<bool> is_error;          ///< result.isError
    std::string protocol_version;          ///< result.protocolVersion, of an `initialize`
    std::string error_message;             ///< error.message
};

/// How much a caller needs to know.
enum class OutcomeDetail : std::uint8_t {
    kAll,
    /// Whether it is an answer, and which error: a result is not looked into, and ends the reading.
    kKind,
};

/// Reads an answer that is relayed as it is: what cannot be read is no trouble of the gateway's.
[[nodiscard]] Outcome read_outcome(std::string_view body,
                                   OutcomeDetail detail = OutcomeDetail::kAll);

/// The JSON text of `result`, if it is an object, or nothing. Part of `body`.
[[nodiscard]] std::string_view result_of(std::string_view body);

}  // namespace gatehouse::mcp
