// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gatehouse::grants {

enum class GrantState { kActive, kNeedsReconnect };

/// The downstream tokens of one user for one server, sealed. At most one per (user, server).
struct Grant {
    std::string id;  ///< new with every authorization: names one life of the grant
    std::string user_id, server, profile, issuer;
    std::string client_generation;  ///< the client registration that it is bound to
    std::vector<std::string> scopes;
    std::string sealed;
    bool renewable = false;  ///< a refresh token is inside
    std::string account_subject, account_email;
    Timestamp obtained_at, token_expires_at, created_at, updated_at;
    std::uint64_t version = 0;  ///< grows with every change of the tokens
    GrantState state = GrantState::kActive;
};

/// What a refresh brought, for the grant as it was at `expected_version` (G17).
struct RenewedGrant {
    std::string id;
    std::uint64_t expected_version = 0;
    std::vector<std::string> scopes;
    std::string sealed;
    bool renewable = false;
    Timestamp obtained_at, token_expires_at;
};

struct GrantLease {
    std::string id;
    std::uint64_t version = 0;
    std::string owner;
    Timestamp now, until;
};

/// Tokens that the downstream server is still to be told to forget (G23). Sealed for the owner
/// Owner::revocation(id).
struct Revocation {
    std::string id, server, profile, client_generation;
    std::string sealed;  ///< empty: nothing to tell
    int attempts = 0;
    Timestamp next_at, ends_at;
};

struct GrantFilter {
    std::string user_id, server, profile;  ///< empty: any
    std::string after_id;                  ///< page: ids greater than this
    std::size_t limit = 1000;
};

/// The vault's rows. Thread-safe; blocks: workers only.
class GrantStore {
  public:
    GrantStore() = default;
    GrantStore(const GrantStore&) = delete;
    GrantStore& operator=(const GrantStore&) = delete;
    GrantStore(GrantStore&&) = delete;
    GrantStore& operator=(GrantStore&&) = delete;
    virtual ~GrantStore() = default;

    /// Removes the pending grant and puts `grant` in the place of the user's earlier one, in one
    /// durable transaction. kNotFound when the pending grant is gone.
    [[nodiscard]] virtual Result<void> adopt(std::string_view pending_id, const Grant& grant) = 0;
    [[nodiscard]] virtual Result<Grant> find(std::string_view user_id, std::string_view server) = 0;
    /// By id.
    [[nodiscard]] virtual Result<std::vector<Grant>> list(const GrantFilter& filter) = 0;
    /// True when nobody else holds a lease on this version that has not run out (G16).
    [[nodiscard]] virtual Result<bool> lease(const GrantLease& lease) = 0;
    [[nodiscard]] virtual Result<void> release(std::string_view id, std::string_view owner) = 0;
    /// Durable compare-and-swap: version + 1, lease over. False when the version has moved on or
    /// the grant is gone.
    [[nodiscard]] virtual Result<bool> renew(const RenewedGrant& renewed) = 0;
    /// True for exactly one caller; false when it was marked, moved on or is gone.
    [[nodiscard]] virtual Result<bool> mark_needs_reconnect(std::string_view id,
                                                            std::uint64_t version,
                                                            Timestamp now) = 0;
    /// Replaces the box of the same tokens. False when the version has moved on or it is gone.
    [[nodiscard]] virtual Result<bool> reseal(std::string_view id,
                                              std::uint64_t version,
                                              std::string_view sealed) = 0;
    /// Removes the grant as it was at `version` and keeps what is to be revoked, in one durable
    /// transaction. False when the version has moved on or it is gone.
    [[nodiscard]] virtual Result<bool> remove(std::string_view id,
                                              std::uint64_t version,
                                              const Revocation& revocation) = 0;
    /// Those that end before they can be renewed, each handed to exactly one caller once: active,
    /// without a refresh token, past half their life and within `notice` of their end.
    [[nodiscard]] virtual Result<std::vector<Grant>> take_expiring(Timestamp now,
                                                                   std::chrono::hours notice) = 0;
};

}  // namespace gatehouse::grants
