// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "cli/cli.h"

namespace gatehouse::cli {

/// An access token for the MCP server at `mcp_url`, the way any client gets one: discovery,
/// dynamic registration, and the person's browser. Nothing is kept. Messages are for people.
[[nodiscard]] Result<Secret> sign_in(const std::string& mcp_url,
                                     const Invocation& invocation,
                                     Environment& environment);

}  // namespace gatehouse::cli
