// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "catalog/policy_service.h"
#include "config/config.h"

namespace gatehouse::config {

/// The policy services of a file that `load` accepts: a server's own, else that of every server.
/// kInvalid when the file is another one by now.
[[nodiscard]] Result<catalog::PolicyServices> load_policy_services(
    const std::filesystem::path& file, const Environment& environment);
/// As `load_policy_services`, of a text that would be in `file`.
[[nodiscard]] Result<catalog::PolicyServices> parse_policy_services(
    std::string_view text, const std::filesystem::path& file, const Environment& environment);

}  // namespace gatehouse::config
