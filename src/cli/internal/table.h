// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace gatehouse::cli {

/// `member` may reach into objects: "decision.effect". Several, separated by `|`: the first there.
struct Column {
    std::string_view title, member;
};

/// Aligned columns with a head line. What members hold is cleaned of control characters.
[[nodiscard]] std::string table(std::span<const Column> columns,
                                const std::vector<json::Object>& rows);
/// One member as a table shows it, "-" when it is absent.
[[nodiscard]] std::string cell(const json::Object& row, std::string_view member);

}  // namespace gatehouse::cli
