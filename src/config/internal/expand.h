// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "config/config.h"

namespace gatehouse::config {

/// Replaces ${NAME} and ${file:PATH} in a scalar; `$${` stands for `${`. One line break at the end
/// of a file's content is dropped. PATH is relative to `folder`. The error says what is missing.
[[nodiscard]] std::expected<std::string, std::string> expand(std::string_view written,
                                                             const std::filesystem::path& folder,
                                                             const Environment& environment);

}  // namespace gatehouse::config
