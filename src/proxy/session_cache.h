// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/sealer.h"
#include "proxy/session_id.h"

namespace gatehouse::proxy {

/// A session with the id that its client holds.
struct OpenedSession : Session {
    std::string sealed;
};

using SharedSession = std::shared_ptr<const OpenedSession>;

/// Opened session ids of one loop. Opening is done once per id; whose it is and whether it still
/// lives is asked on every request. Bounded: new ids push old ones out.
class SessionCache {
  public:
    explicit SessionCache(const crypto::Sealer& sealer);

    /// Null for anything but a living session of this holder.
    [[nodiscard]] SharedSession open(std::string_view sealed,
                                     const SessionHolder& holder,
                                     Timestamp now);

  private:
    static constexpr std::size_t kSlots = 4096;
    static constexpr std::size_t kWays = 4;

    struct Slot {
        std::uint64_t hash = 0;
        std::uint64_t used = 0;
        SharedSession session;
    };

    [[nodiscard]] SharedSession find(std::string_view sealed);

    const crypto::Sealer& sealer_;
    std::uint64_t seed_;
    std::uint64_t turn_ = 0;
    std::vector<Slot> slots_;
};

}  // namespace gatehouse::proxy
