// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "audit/event_log.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "grants/client_registry.h"
#include "grants/revocation_store.h"
#include "grants/vault.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::grants {

/// Tells downstream servers to forget tokens (RFC 7009), also those that do not answer at first or
/// before the process ends: what is to be told is stored until it was (G23). Thread-safe; blocks on
/// the network: workers only.
class Revoker {
  public:
    struct Parts {
        const catalog::LiveCatalog& catalog;
        RevocationStore& store;
        const Vault& vault;
        oidc::ProviderDirectory& providers;
        ClientRegistry& clients;
        oidc::TokenEndpoint& tokens;
        audit::EventLog& events;
        const Clock& clock;
    };

    /// Whose tokens they were.
    struct Source {
        std::string_view server, profile, client_generation;
    };

    explicit Revoker(const Parts& parts) : parts_(parts) {}

    /// The row to store before the tokens are forgotten here.
    [[nodiscard]] Revocation prepare(const Source& source, const oidc::Tokens& tokens) const;
    /// Tries a stored one now; what fails stays for `retry_due`.
    void settle(const Revocation& revocation);
    /// What failed before and is due. Call every minute or so.
    void retry_due();

    [[nodiscard]] RevocationStore& store() { return parts_.store; }

  private:
    enum class Outcome { kDone, kLater };

    [[nodiscard]] Outcome tell(const Revocation& revocation);
    void give_up(const Revocation& revocation);
    void forget(const Revocation& revocation);

    Parts parts_;
};

}  // namespace gatehouse::grants
