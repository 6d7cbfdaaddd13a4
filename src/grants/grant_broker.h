// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/live.h"
#include "base/secret.h"

namespace gatehouse::grants {

/// A downstream access token ready for the runtime.
struct DownstreamToken {
    Secret value;
    Timestamp expires_at;  ///< Timestamp::max() when it has no known end
    Timestamp refresh_at;  ///< from here on a loop should ask again, and use this one meanwhile
    std::uint64_t version = 0;
};

enum class GrantFailure {
    kMissing,    ///< no grant, or the downstream server ended it: the user must reconnect
    kTransient,  ///< passing trouble downstream or in the store: 503
    kOperator,   ///< the gateway's own client is refused: 502 and an alarm
};

/// Grants that ended a short while ago, for those who keep tokens at hand: whatever is older than
/// what stands here must not be used any more.
struct EndedGrants {
    /// The last version that is over, by user and server.
    std::map<std::pair<std::string, std::string>, std::uint64_t> versions;
    /// There were too many to keep: every token has to be asked for again.
    bool overflowed = false;

    [[nodiscard]] bool covers(std::string_view user_id,
                              std::string_view server,
                              std::uint64_t version) const {
        if (overflowed) {
            return true;
        }
        const auto found = versions.empty()
                               ? versions.end()
                               : versions.find({std::string(user_id), std::string(server)});
        return found != versions.end() && version <= found->second;
    }
};

using LiveEndedGrants = Live<EndedGrants>;

/// Hands out tokens, refreshing as needed. Thread-safe; blocks on the network: workers only.
class GrantBroker {
  public:
    GrantBroker() = default;
    GrantBroker(const GrantBroker&) = delete;
    GrantBroker& operator=(const GrantBroker&) = delete;
    GrantBroker(GrantBroker&&) = delete;
    GrantBroker& operator=(GrantBroker&&) = delete;
    virtual ~GrantBroker() = default;

    /// The token of (user, server), refreshed if it is past `refresh_at`; the old one while it is
    /// valid and the refresh fails for a passing reason. One refresh per grant at a time (G16).
    [[nodiscard]] virtual std::expected<DownstreamToken, GrantFailure> token_for(
        std::string_view user_id, std::string_view server) = 0;
    /// After a runtime's 401 with the token of `version`: refreshes once unless somebody did (G18).
    [[nodiscard]] virtual std::expected<DownstreamToken, GrantFailure> refresh_after_rejection(
        std::string_view user_id, std::string_view server, std::uint64_t version) = 0;
};

}  // namespace gatehouse::grants
