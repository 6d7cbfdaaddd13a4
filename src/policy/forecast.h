// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy/policy.h"

namespace gatehouse::policy {

/// What would be decided about a message of which not everything is known.
struct Forecast {
    Decision decision;  ///< if nothing that is unknown matters to it
    /// What is unknown may make the effect another one.
    bool is_undecidable = false;
    std::string_view open_rule;  ///< the first rule that hangs on it
};

[[nodiscard]] Forecast foresee(const Policy& policy,
                               const Inquiry& inquiry,
                               const Blind& blind,
                               ArgumentReader& reader);

}  // namespace gatehouse::policy
