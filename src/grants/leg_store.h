// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::grants {

/// One redirect to a downstream authorization server, known by the digest of its `state` (G03).
struct Leg {
    std::string digest, browser_digest;
    std::string transaction_id, server, profile;
    std::string issuer;            ///< that we expect to answer; empty when none is configured
    bool issuer_promised = false;  ///< its metadata says that every answer carries `iss`
    std::string redirect_uri, client_generation;
    std::vector<std::string> scopes;
    std::string sealed;  ///< PKCE verifier, nonce and token endpoint
    Timestamp expires_at;
};

/// Tokens that were received but are not yet anybody's.
struct PendingGrant {
    std::string id, server, profile, issuer, client_generation;
    std::vector<std::string> scopes;
    std::string sealed;
    bool renewable = false;
    std::string account_subject, account_email;
    Timestamp obtained_at, token_expires_at, expires_at;
};

/// Legs under way and what they brought. Thread-safe; blocks: workers only.
class LegStore {
  public:
    LegStore() = default;
    LegStore(const LegStore&) = delete;
    LegStore& operator=(const LegStore&) = delete;
    LegStore(LegStore&&) = delete;
    LegStore& operator=(LegStore&&) = delete;
    virtual ~LegStore() = default;

    [[nodiscard]] virtual Result<void> insert(const Leg& leg) = 0;
    /// kNotFound for an unknown one; used and expired ones are found until they are removed.
    [[nodiscard]] virtual Result<Leg> find(std::string_view digest) = 0;
    /// True for exactly one caller, also across processes.
    [[nodiscard]] virtual Result<bool> mark_used(std::string_view digest) = 0;
    [[nodiscard]] virtual Result<void> remove_expired(Timestamp now) = 0;

    [[nodiscard]] virtual Result<void> insert_pending(const PendingGrant& pending) = 0;
    [[nodiscard]] virtual Result<PendingGrant> find_pending(std::string_view id) = 0;
    /// Remembers for display whose account it is.
    [[nodiscard]] virtual Result<void> set_account(std::string_view pending_id,
                                                   std::string_view subject,
                                                   std::string_view email) = 0;
    /// False when it was gone already.
    [[nodiscard]] virtual Result<bool> remove_pending(std::string_view id) = 0;
    [[nodiscard]] virtual Result<std::vector<PendingGrant>> expired_pending(Timestamp now,
                                                                            std::size_t limit) = 0;
};

}  // namespace gatehouse::grants
