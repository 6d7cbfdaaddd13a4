// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtimes/facts.h"

namespace gatehouse::runtimes {

/// SHA-256, in hex, over what a listed tool says it does: name, title, description, annotations and
/// both schemas, whatever the order of members and the white space. An entry that cannot be read
/// strictly (a member twice, nested too deep) is told apart by its bytes.
[[nodiscard]] std::string digest_of_tool(std::string_view entry);

/// `entry` is the JSON of one listed tool. A tool without a name cannot be called: empty name.
[[nodiscard]] Tool read_tool(std::string entry);

/// Those that have a name, the first of each name.
[[nodiscard]] std::vector<Tool> read_tools(std::vector<std::string> entries);

}  // namespace gatehouse::runtimes
