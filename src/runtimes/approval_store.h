// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::runtimes {

/// One shape in which a tool was seen.
struct Sighting {
    std::string tool, digest;
    bool approved = false;
};

/// Which shapes of each server's tools were seen, and which of them are approved. Thread-safe;
/// several gateways may share it.
class ApprovalStore {
  public:
    ApprovalStore() = default;
    ApprovalStore(const ApprovalStore&) = delete;
    ApprovalStore& operator=(const ApprovalStore&) = delete;
    ApprovalStore(ApprovalStore&&) = delete;
    ApprovalStore& operator=(ApprovalStore&&) = delete;
    virtual ~ApprovalStore() = default;

    enum class Welcome : std::uint8_t { kApprove, kOnlyNote };

    struct Noted {
        bool first = false;           ///< nothing of this server was noted before
        std::vector<Sighting> fresh;  ///< those that were not there
    };

    /// Notes what is listed now. What a server shows first is approved; later, `welcome` says.
    /// All or nothing, and each sighting is fresh to one caller only.
    [[nodiscard]] virtual Result<Noted> note(std::string_view server,
                                             const std::vector<Sighting>& seen,
                                             Welcome welcome,
                                             Timestamp now) = 0;
    [[nodiscard]] virtual Result<std::vector<Sighting>> list(std::string_view server) = 0;
    /// Approves each of these shapes; all others of the same tools are approved no longer.
    [[nodiscard]] virtual Result<void> approve(std::string_view server,
                                               const std::vector<Sighting>& shapes,
                                               Timestamp now) = 0;
};

}  // namespace gatehouse::runtimes
