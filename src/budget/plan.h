// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/budget.h"
#include "catalog/catalog.h"

namespace gatehouse::budget {

/// Who calls. Views live during the call that takes it.
struct Caller {
    std::string_view user, name, email, client, server;
    std::span<const std::string> groups, scopes;
};

/// What one JSON-RPC request or notification asks for; `item` is its tool, prompt or resource.
struct Request {
    std::string_view method, item;
};

/// One budget with its identity in the store: where unit, window or key differ, counts are others.
struct Rule {
    catalog::Budget budget;
    std::string id;
};

/// The budgets and costs that hold for one server. Immutable.
class Plan {
  public:
    Plan() = default;
    Plan(const catalog::Catalog& catalog, const catalog::Server& server);

    [[nodiscard]] std::span<const Rule> rules() const { return rules_; }

    /// Name, e-mail or groups of the person decide something.
    [[nodiscard]] bool needs_person() const { return needs_person_; }

    /// The operator counts something here: what calls cost is worth recording.
    [[nodiscard]] bool counts() const;

    /// In units. The server's own table first, then the one for all; in a table the name itself,
    /// then the glob with the most characters that are no wildcard, then the one written first.
    /// Without any, 1.
    [[nodiscard]] std::uint64_t cost_of(std::string_view tool) const;

    /// What `rule` counts for the request before it runs; 0: nothing. Of bytes 1, since a call may
    /// start while anything is left.
    [[nodiscard]] std::uint64_t amount(const Rule& rule,
                                       const Caller& caller,
                                       const Request& request) const;

  private:
    std::vector<Rule> rules_;
    std::vector<catalog::ToolCosts> costs_;  ///< the server's own first
    bool needs_person_ = false;
};

[[nodiscard]] bool counts_by(const catalog::Budget& budget, catalog::BudgetKey key);

/// The store's name of a budget, also for what the operator is shown.
[[nodiscard]] std::string rule_id(const catalog::Budget& budget);

/// Appends to `out` what tells one count of the budget from another. `tool` and `group` are used
/// where the budget asks for them.
void append_key(const catalog::Budget& budget,
                const Caller& caller,
                std::string_view tool,
                std::string_view group,
                std::string& out);

/// The parts of a key with their names, for people.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_key(std::string_view key);

}  // namespace gatehouse::budget
