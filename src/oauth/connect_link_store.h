// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::oauth {

/// Links to /connect that were used, by digest, until they end: for all replicas (G36).
class ConnectLinkStore {
  public:
    ConnectLinkStore() = default;
    ConnectLinkStore(const ConnectLinkStore&) = delete;
    ConnectLinkStore& operator=(const ConnectLinkStore&) = delete;
    ConnectLinkStore(ConnectLinkStore&&) = delete;
    ConnectLinkStore& operator=(ConnectLinkStore&&) = delete;
    virtual ~ConnectLinkStore() = default;

    /// True for exactly one caller. Forgets those that ended before `now`.
    [[nodiscard]] virtual Result<bool> use(std::string_view digest,
                                           Timestamp expires_at,
                                           Timestamp now) = 0;
    [[nodiscard]] virtual Result<bool> is_used(std::string_view digest) = 0;
};

}  // namespace gatehouse::oauth
