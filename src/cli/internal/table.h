// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cli/cli.h"

namespace gatehouse::cli {

/// `member` may reach into objects: "decision.effect". Several, separated by `|`: the first there.
struct Column {
    std::string_view title, member;
};

/// Aligned columns with a head line. What members hold is cleaned of control characters. On a
/// terminal, long cells are cut until a line fits, names and ids last, and the head is bold.
[[nodiscard]] std::string table(std::span<const Column> columns,
                                const std::vector<json::Object>& rows,
                                const std::optional<Environment::Terminal>& terminal = {});
/// One member as a table shows it, "-" when it is absent.
[[nodiscard]] std::string cell(const json::Object& row, std::string_view member);

}  // namespace gatehouse::cli
