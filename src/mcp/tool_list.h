// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mcp {

/// One page of a runtime's tools.
struct ToolPage {
    std::vector<std::string>
        entries;              ///< JSON texts of objects, with the bytes that they came with
    std::string next_cursor;  ///< empty: the last page
};

/// The tools in a JSON-RPC response to tools/list. Nothing for any other message, and for one whose
/// list cannot be read to its end.
[[nodiscard]] std::optional<ToolPage> read_tool_page(std::string_view message);

}  // namespace gatehouse::mcp
