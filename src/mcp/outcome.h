// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
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

/// Reads answers that are relayed as they are: what cannot be read is no trouble of the gateway's.
/// One thread; reused.
class OutcomeReader {
  public:
    OutcomeReader();
    ~OutcomeReader();
    OutcomeReader(const OutcomeReader&) = delete;
    OutcomeReader& operator=(const OutcomeReader&) = delete;
    OutcomeReader(OutcomeReader&&) = delete;
    OutcomeReader& operator=(OutcomeReader&&) = delete;

    [[nodiscard]] Outcome read(std::string_view body);

    /// The JSON text of `result`, or nothing. Valid until the next call.
    [[nodiscard]] std::string_view result_of(std::string_view body);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gatehouse::mcp
