// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::mcp {

/// The id of a JSON-RPC response, as its JSON text; empty for any other message.
[[nodiscard]] std::string response_id(std::string_view message);

}  // namespace gatehouse::mcp
