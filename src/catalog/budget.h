// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What the operator allows of the use of servers (contract.md §7), as written.
namespace gatehouse::catalog {

enum class BudgetUnit { kCalls, kUnits, kBytes, kConcurrent };
/// Aligned in UTC; weeks begin on Monday. kNone: of kConcurrent only.
enum class BudgetWindow { kNone, kMinute, kHour, kDay, kWeek, kMonth };
enum class BudgetKey { kUser, kClient, kServer, kTool, kGroup };

/// All given lists must hold; each is "any of", with globs. Empty lists hold.
struct BudgetCondition {
    std::vector<std::string> users, emails, groups, clients, scopes;
    std::vector<std::string> tools, not_tools, resources, prompts, methods;
};

struct Budget {
    std::string name;
    std::string server;  ///< whose it is; empty: every server's
    std::vector<BudgetKey> per;
    BudgetCondition when;
    BudgetUnit unit = BudgetUnit::kCalls;
    std::uint64_t limit = 0;
    BudgetWindow window = BudgetWindow::kNone;
    std::uint32_t warn_at = 0;  ///< percent; 0: never
};

/// Names or globs of tools with what a call costs, in units.
using ToolCosts = std::vector<std::pair<std::string, std::uint64_t>>;

}  // namespace gatehouse::catalog
