// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/live.h"

namespace gatehouse::catalog {

/// A service that is asked about what the rules allow (contract.md section 7).
struct PolicyService {
    enum class OnError : std::uint8_t { kDeny, kAllow };

    std::string opa;  ///< URL of a decision in OPA's REST data API
    std::chrono::milliseconds timeout{200};
    OnError on_error = OnError::kDeny;
    std::chrono::milliseconds cache{1000};  ///< zero: equal inputs are asked about each time

    bool operator==(const PolicyService&) const = default;
};

/// By server, of those that have one of their own; that of all others is under the empty name.
using PolicyServices = std::map<std::string, std::shared_ptr<const PolicyService>, std::less<>>;
using LivePolicyServices = Live<PolicyServices>;

}  // namespace gatehouse::catalog
