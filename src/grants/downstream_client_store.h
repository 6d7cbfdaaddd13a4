// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::grants {

/// A dynamic registration of the gateway at a downstream server (RFC 7591), sealed.
struct DownstreamClient {
    std::string generation;  ///< names it; grants refer to it
    std::string profile, issuer;
    std::string fingerprint;  ///< of what was registered: another one means registering again
    std::string sealed;       ///< client id, secret and method
    Timestamp created_at;
    Timestamp expires_at;  ///< Timestamp::max() when its secret does not expire
};

/// Thread-safe; blocks: workers only.
class DownstreamClientStore {
  public:
    DownstreamClientStore() = default;
    DownstreamClientStore(const DownstreamClientStore&) = delete;
    DownstreamClientStore& operator=(const DownstreamClientStore&) = delete;
    DownstreamClientStore(DownstreamClientStore&&) = delete;
    DownstreamClientStore& operator=(DownstreamClientStore&&) = delete;
    virtual ~DownstreamClientStore() = default;

    [[nodiscard]] virtual Result<void> insert(const DownstreamClient& client) = 0;
    /// kNotFound also for a retired one.
    [[nodiscard]] virtual Result<DownstreamClient> find(std::string_view generation) = 0;
    /// The newest that is not retired; kNotFound when there is none.
    [[nodiscard]] virtual Result<DownstreamClient> newest(std::string_view profile,
                                                          std::string_view fingerprint) = 0;
    [[nodiscard]] virtual Result<void> retire(std::string_view generation) = 0;
    /// All that are not retired.
    [[nodiscard]] virtual Result<std::vector<DownstreamClient>> list() = 0;
    /// Replaces the box of the same registration.
    [[nodiscard]] virtual Result<void> reseal(std::string_view generation,
                                              std::string_view sealed) = 0;
};

}  // namespace gatehouse::grants
