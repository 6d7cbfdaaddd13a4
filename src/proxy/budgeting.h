// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "budget/purse.h"
#include "proxy/call_facts.h"
#include "proxy/lookups.h"

namespace gatehouse::proxy {

/// Reserves what the call costs at every budget of its server. `person` may be null where no
/// budget asks for one.
[[nodiscard]] budget::Verdict reserve_budgets(budget::Purse& purse,
                                              const CallFacts& facts,
                                              const SharedUserFacts& person,
                                              budget::Hold& hold);

/// The answer to a call that a budget keeps from running; after kRefused or kUnavailable.
[[nodiscard]] Refusal refuse_over_budget(const budget::Shortage& shortage,
                                         const CallFacts& facts,
                                         Timestamp now);
/// The answer while nobody can say what is left.
[[nodiscard]] Refusal refuse_uncounted(const CallFacts& facts);

}  // namespace gatehouse::proxy
