// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/client.h"
#include "runtimes/facts.h"
#include "runtimes/mcp_client.h"

namespace gatehouse::runtimes {

/// What asking a runtime brought.
struct Found {
    Reach reach = Reach::kUnreachable;
    std::string trouble;                 ///< why it is not kReady, or why the tools are not known
    std::vector<std::string> revisions;  ///< oldest first
    bool sessions = false, sse_only = false;
    std::string name, version;
    /// Nothing when it does not list them to us.
    std::optional<std::vector<Tool>> tools;
};

/// Asks in every era that the gateway knows, then for the tools. Blocks, for at most a few of the
/// peer's timeouts; leaves no session behind.
[[nodiscard]] Found probe(http::Client& client, const Peer& peer);

}  // namespace gatehouse::runtimes
