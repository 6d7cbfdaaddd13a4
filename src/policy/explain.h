// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

/// Decisions taken apart for people. Slow; nothing of it happens on the path of a call.
namespace gatehouse::policy {

/// One key of a rule's `when` and what was held against it.
struct KeyFinding {
    std::string key;  ///< "groups", "arguments /amount"
    Truth truth = Truth::kNo;
    std::vector<std::string> wanted, found;
    bool is_hint = false;  ///< `found` is what the runtime says of itself
};

/// What a rule had to do with the decision.
enum class Part : std::uint8_t {
    kNone,        ///< it does not match
    kNotReached,  ///< the decision was made before
    kShadow,      ///< it matches and only records
    kAsks,        ///< it matches and wants scopes, like others
    kEnds,        ///< it matches, and what `kAsks` wanted decides
    kDecides,
};

struct RuleFinding {
    std::string name;
    catalog::PolicyEffect effect = catalog::PolicyEffect::kDeny;
    bool is_for_all = false;  ///< of the top-level rules
    Truth truth = Truth::kNo;
    Part part = Part::kNone;
    std::vector<KeyFinding> keys;  ///< in the order of the documentation
};

struct Explanation {
    Decision decision;  ///< its texts live as long as the policy that was given
    std::vector<RuleFinding> rules;
};

[[nodiscard]] std::string_view word(Part part);
[[nodiscard]] std::string_view word(catalog::PolicyEffect effect);
[[nodiscard]] std::string_view word(Truth truth);

/// `policy` is that of `server`. The request names an item: of lists and the handshake no rule
/// speaks key by key.
[[nodiscard]] Explanation explain(const catalog::Catalog& catalog,
                                  const catalog::Server& server,
                                  const Policy& policy,
                                  const Inquiry& inquiry);

}  // namespace gatehouse::policy
