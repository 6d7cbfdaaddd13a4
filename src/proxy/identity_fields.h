// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "proxy/lookups.h"
#include "proxy/parts.h"
#include "proxy/route_table.h"

namespace gatehouse::proxy {

/// Who calls what.
struct IdentifiedCall {
    const oauth::AccessToken& caller;
    const SharedUserFacts& user;
    const Route& route;
    const Replica& replica;
};

/// The header lines that tell a runtime who calls (contract.md section 6), with a signed statement
/// for runtimes that prefer that. It is valid for 60 s and reused for up to 30 s, so that signing
/// costs little. One loop.
class IdentityFields {
  public:
    /// `parts` must outlive it.
    explicit IdentityFields(const Parts& parts) : parts_(parts) {}

    /// Valid until the next call.
    [[nodiscard]] std::string_view get(const IdentifiedCall& call, Timestamp now);

  private:
    struct Made {
        std::string lines;
        SharedUserFacts user;  ///< as told in `lines`
        Timestamp at;
    };

    [[nodiscard]] std::string make_lines(const IdentifiedCall& call, Timestamp now) const;
    void make_room(Timestamp now);

    const Parts& parts_;
    std::unordered_map<std::string, Made> made_;
    std::string key_;  ///< scratch
};

}  // namespace gatehouse::proxy
