// SPDX-License-Identifier: Apache-2.0
#include "policy/recorded.h"

namespace gatehouse::policy {

std::string_view word(Effect effect) {
    switch (effect) {
        case Effect::kAllow:
            return "allow";
        case Effect::kDeny:
            return "deny";
        case Effect::kRequireScope:
            return "require_scope";
    }
    return "deny";
}

Recorded recorded(const Decision& decision) {
    if (decision.effect == Effect::kAllow && !decision.shadow.empty()) {
        return {.effect = "shadow_deny", .rule = decision.shadow, .reason = "policy"};
    }
    return {.effect = word(decision.effect),
            .rule = decision.rule,
            .reason = decision.effect == Effect::kAllow ? "" : "policy"};
}

}  // namespace gatehouse::policy
