// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "proxy/parts.h"
#include "proxy/route_table.h"

namespace gatehouse::proxy {

/// Who calls what, for X-Gateway-Assertion.
struct AssertedCall {
    const oauth::AccessToken& caller;
    const UserFacts& user;
    const Route& route;
    const Replica& replica;
};

/// Signed statements for runtimes that prefer them to a shared secret (contract.md section 6).
/// Valid for 60 s and reused for up to 30 s, so that signing costs little. One loop.
class Assertions {
  public:
    /// `parts` must outlive it.
    explicit Assertions(const Parts& parts) : parts_(parts) {}

    /// Valid until the next call.
    [[nodiscard]] std::string_view get(const AssertedCall& call);

  private:
    struct Made {
        std::string jwt;
        Timestamp at;
    };

    const Parts& parts_;
    std::unordered_map<std::string, Made> made_;
};

}  // namespace gatehouse::proxy
