// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "policy/policy.h"

namespace gatehouse::policy {

/// What several rules ask about one message, found out once.
struct Policy::Lookups {
    ArgumentReader& reader;
    std::span<const Found> arguments;
    std::optional<AddressBytes> address;
    bool read_arguments = false, read_address = false;
};

}  // namespace gatehouse::policy
