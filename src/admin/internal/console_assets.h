// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::admin {

/// One file of the console, as it is served.
struct Asset {
    std::string_view path, type, content;
};

/// What the build embedded; nothing when it was built without the console.
[[nodiscard]] std::span<const Asset> console_assets();

}  // namespace gatehouse::admin
