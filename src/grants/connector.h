// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event_log.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "crypto/sealer.h"
#include "grants/client_registry.h"
#include "grants/ended_grants.h"
#include "grants/grant_store.h"
#include "grants/leg.h"
#include "grants/leg_store.h"
#include "grants/revoker.h"
#include "grants/subject_tokens.h"
#include "grants/vault.h"
#include "oidc/identity_reader.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::grants {

/// What may be shown of a grant: everything but its tokens.
struct GrantSummary {
    std::string id, user_id, server, profile, account_subject, account_email;
    std::vector<std::string> scopes;
    GrantState state = GrantState::kActive;
    bool renewable = false;
    Timestamp created_at, updated_at;
    Timestamp expires_at;  ///< of the access token; Timestamp::max() when it has no known end
};

/// Connects a person's downstream account: the gateway as OAuth client (requirements G01-G15).
///
/// Thread-safe; begin, complete, discard and disconnect block on the network: workers only. What
/// the parts refer to must outlive it.
class Connector {
  public:
    struct Parts {
        const catalog::LiveCatalog& catalog;
        LegStore& legs;
        GrantStore& grants;
        const Vault& vault;
        oidc::ProviderDirectory& providers;
        ClientRegistry& clients;
        oidc::TokenEndpoint& tokens;
        oidc::IdentityReader& identities;
        Revoker& revoker;
        SubjectTokens& subjects;
        EndedGrantPublisher& ended;
        audit::EventLog& events;
        const Clock& clock;
    };

    explicit Connector(const Parts& parts) : parts_(parts) {}

    /// True when a usable grant exists that covers `scopes` (of the server's).
    [[nodiscard]] Result<bool> has_grant(std::string_view user_id,
                                         std::string_view server,
                                         const std::vector<std::string>& scopes);
    [[nodiscard]] Result<LegStart> begin(const LegRequest& request);
    /// Instead of begin and complete, where the profile says `exchange`: the account that the
    /// sign-in of `user_id` stands for, as a pending grant.
    [[nodiscard]] std::expected<LegResult, LegError> exchange(const LegRequest& request,
                                                              std::string_view user_id);
    /// The cookie name under which the browser secret of this callback is found, from its `state`.
    [[nodiscard]] static std::string cookie_name(std::string_view state);
    /// Checks the callback (G03, G04), redeems the code, seals the tokens, reads the identity.
    [[nodiscard]] std::expected<LegResult, LegError> complete(std::string_view profile,
                                                              const FormFields& parameters,
                                                              std::string_view browser_secret);
    /// Makes the pending grant the user's, replacing an earlier one. An earlier one of the same
    /// account that lives and holds more of the server's scopes stays instead: other clients of
    /// the user work with it (G11). kConflict when the earlier one is of another downstream
    /// account: that one must be disconnected first (G13).
    [[nodiscard]] Result<void> adopt(std::string_view pending_grant, std::string_view user_id);
    /// A key that the person pasted (profiles with `api_key`), as a pending grant; its id. kInvalid
    /// for what cannot be sent in a header, kNotFound for servers that want no key.
    [[nodiscard]] Result<std::string> keep_key(std::string_view server, const Secret& key);
    /// kNotFound without a grant.
    [[nodiscard]] Result<GrantSummary> summary_of(std::string_view user_id,
                                                  std::string_view server);
    /// Forgets it and revokes its tokens downstream, best effort.
    void discard(std::string_view pending_grant);
    /// Deletes the grant and has its tokens revoked downstream, now or later (G23). Nothing to do
    /// is success.
    [[nodiscard]] Result<void> disconnect(std::string_view user_id, std::string_view server);
    [[nodiscard]] Result<std::vector<GrantSummary>> list(const GrantFilter& filter);
    /// Removes legs that ran out and discards pending grants that nobody adopted; tells downstream
    /// servers what they could not be told before; announces grants that end and cannot be renewed.
    /// Call every minute.
    void tidy();

  private:
    [[nodiscard]] std::expected<Leg, LegError> admit(std::string_view profile,
                                                     const FormFields& parameters,
                                                     std::string_view browser_secret);
    [[nodiscard]] std::expected<LegResult, LegError> redeem(const Leg& leg, std::string_view code);
    [[nodiscard]] LegError refused(const Leg& leg,
                                   const oidc::Party& party,
                                   const oidc::TokenFailure& failure);
    [[nodiscard]] std::expected<LegResult, LegError> finish(const Leg& leg,
                                                            const oidc::Party& party,
                                                            const oidc::TokenAnswer& answer,
                                                            std::string_view nonce);
    [[nodiscard]] Result<PendingGrant> keep(const Leg& leg,
                                            const oidc::Party& party,
                                            const oidc::TokenAnswer& answer);
    [[nodiscard]] bool stays(const Grant& earlier, const PendingGrant& pending);
    void forget(const PendingGrant& pending);
    void announce_endings();
    [[nodiscard]] Result<void> record(std::string_view name, const Grant& grant);

    Parts parts_;
};

}  // namespace gatehouse::grants
