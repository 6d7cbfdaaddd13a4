// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "config/config.h"

namespace gatehouse::config {

using ProposedPolicies =
    std::expected<std::shared_ptr<const catalog::Catalog>, std::vector<Problem>>;

/// `running` with the `policies`, `default_policy` and `scope_includes` of another file in the
/// place of its own; what that does not name stays. The file is a whole configuration, of which
/// nothing else is looked at, or has only these keys, or is the list of top-level rules alone.
/// Values from outside (`${…}`) are refused. `name` stands in the problems.
[[nodiscard]] ProposedPolicies propose_policies(std::string_view text,
                                                const std::string& name,
                                                const catalog::Catalog& running);

}  // namespace gatehouse::config
