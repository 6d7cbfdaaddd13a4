// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace gatehouse::mcp {

/// The messages of a batch as they stand in `body`, which Classifier accepted; kPadding bytes
/// behind it must be readable. Empty for anything but a list of objects.
[[nodiscard]] std::vector<std::string_view> split_batch(std::string_view body);

}  // namespace gatehouse::mcp
