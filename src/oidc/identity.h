// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "catalog/catalog.h"

namespace gatehouse::oidc {

/// Who an account belongs to, as its own server says.
struct Identity {
    std::string subject, email, name;
    bool email_verified = false;
    std::vector<std::string> groups;
};

/// The person that `claims` name. kPeer without a subject that can be kept unaltered; what else is
/// unusable counts as absent.
[[nodiscard]] Result<Identity> to_identity(const json::Object& claims,
                                           const catalog::IdentityRule& rule);

}  // namespace gatehouse::oidc
