// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "crypto/sealer.h"
#include "oauth/connect_link_store.h"

namespace gatehouse::oauth {

/// Links that an MCP client hands to its user: O/connect/{server}?e=id. The id is sealed, so that
/// making one writes nothing; it names nobody to others, signs nobody in, and works once, for the
/// person whose call needed it (G36). Thread-safe.
class ConnectLinks {
  public:
    /// Long enough for a person who reads what the model said a while later.
    static constexpr std::chrono::hours kLife{1};

    /// What it refers to must outlive it. `sealer`: of purpose "connect-link".
    ConnectLinks(crypto::Sealer sealer, ConnectLinkStore& store, const Clock& clock)
        : sealer_(std::move(sealer)), store_(store), clock_(clock) {}

    struct Link {
        std::string user_id, server;
        std::string digest;
        Timestamp expires_at;
    };

    /// The whole URL. Does not touch the store.
    [[nodiscard]] std::string make(std::string_view user_id, const catalog::Server& server) const;
    /// Nothing for an id that is not ours, is over, or is another server's.
    [[nodiscard]] std::optional<Link> open(std::string_view id, std::string_view server) const;

    [[nodiscard]] Result<bool> is_used(const Link& link) { return store_.is_used(link.digest); }

    /// True for exactly one caller.
    [[nodiscard]] Result<bool> use(const Link& link) {
        return store_.use(link.digest, link.expires_at, clock_.now());
    }

  private:
    crypto::Sealer sealer_;
    ConnectLinkStore& store_;
    const Clock& clock_;
};

}  // namespace gatehouse::oauth
