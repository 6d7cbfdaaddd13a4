// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "net/address.h"

namespace gatehouse::http {

/// Where a URL that a stranger supplied may lead (C31): to public addresses at port 443, and to the
/// blocks that the operator allows at any port. It judges the address that is connected to, so
/// that it makes no difference what a name resolved to before.
class AddressRule {
  public:
    /// kInvalid for what is no block in CIDR notation.
    [[nodiscard]] static Result<AddressRule> public_and(const std::vector<std::string>& blocks);

    [[nodiscard]] bool admits(const net::Endpoint& endpoint) const;

  private:
    AddressRule() = default;

    std::vector<net::CidrBlock> allowed_;
};

}  // namespace gatehouse::http
