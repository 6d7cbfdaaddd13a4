// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/sealer.h"
#include "mcp/message.h"
#include "proxy/call_facts.h"

namespace gatehouse::proxy {

/// Names of our questions in `inputRequests` begin so.
inline constexpr std::string_view kConnectKeyPrefix = "gatehouse-connect-";
/// How long the answer to a question may take.
inline constexpr std::chrono::minutes kRetryLife{15};

/// What we let a client carry from our question to its retry (requirements G33): sealed, bound to
/// user, client, server, method and parameters.
struct RetryState {
    std::string key;  ///< of our question
    /// The runtime's own, as JSON text: they go back to it unchanged (G34). Empty: none.
    std::string runtime_state, runtime_responses;
};

/// The value for `requestState`. Nothing when the runtime's own would make it too long.
[[nodiscard]] std::optional<std::string> seal_retry_state(const crypto::Sealer& sealer,
                                                          const CallFacts& facts,
                                                          std::string_view body,
                                                          const RetryState& state,
                                                          Timestamp now);

/// A retry of a request that we answered with a question is opened, and its body is made what the
/// runtime would have got without us. A refusal when what is ours in it is not genuine; requests
/// that carry nothing of ours are left alone.
[[nodiscard]] std::optional<Refusal> open_retry(const crypto::Sealer& sealer,
                                                const mcp::Message& message,
                                                std::string_view body,
                                                Timestamp now,
                                                CallFacts& facts);

}  // namespace gatehouse::proxy
