// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "catalog/budget.h"

/// As the configuration file writes things.
namespace gatehouse::budget {

/// "calls", "units", "bytes", "concurrent".
[[nodiscard]] std::string_view word(catalog::BudgetUnit unit);
/// "1m"; "-" for kNone.
[[nodiscard]] std::string_view word(catalog::BudgetWindow window);
[[nodiscard]] std::string_view word(catalog::BudgetKey key);
/// "60 calls".
[[nodiscard]] std::string limit_text(const catalog::Budget& budget);

}  // namespace gatehouse::budget
