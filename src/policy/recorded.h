// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "policy/policy.h"

namespace gatehouse::policy {

/// A decision in the words of records (contract.md section 10).
struct Recorded {
    std::string_view effect, rule, reason;
};

[[nodiscard]] std::string_view word(Effect effect);
/// A call that ran although a shadow_deny rule matched is recorded under that rule.
[[nodiscard]] Recorded recorded(const Decision& decision);

}  // namespace gatehouse::policy
