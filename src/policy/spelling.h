// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gatehouse::policy {

/// A method that MCP does not have, and that a lenient runtime could take for one that names items:
/// "Tools/Call".
[[nodiscard]] bool is_misspelt(std::string_view method);

}  // namespace gatehouse::policy
