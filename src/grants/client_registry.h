// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "grants/downstream_client_store.h"
#include "grants/internal/single_flight.h"
#include "grants/vault.h"
#include "http/client.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::grants {

/// Knows who the gateway is at each downstream server: configured, named by its own metadata
/// document, or registered dynamically (RFC 7591). Thread-safe; blocks: workers only.
class ClientRegistry {
  public:
    struct Parts {
        const catalog::LiveCatalog& catalog;
        DownstreamClientStore& store;
        const Vault& vault;
        http::Client& http;
        const Clock& clock;
    };

    explicit ClientRegistry(const Parts& parts) : parts_(parts) {}

    /// For new authorizations; registers first where that is needed.
    [[nodiscard]] Result<oidc::ClientCredentials> current(const catalog::Profile& profile,
                                                          const oidc::Provider& provider);
    /// The registration that a grant is bound to; kNotFound when it is no longer ours.
    [[nodiscard]] Result<oidc::ClientCredentials> of_generation(const catalog::Profile& profile,
                                                                std::string_view generation);
    /// The downstream server refused it: a dynamic registration is made anew next time.
    void retire(const catalog::Profile& profile, std::string_view generation);
    /// What O/.well-known/oauth-client/{profile}.json answers; kNotFound for other profiles than
    /// those with `registration: cimd`.
    [[nodiscard]] Result<json::Object> document(std::string_view profile) const;

  private:
    [[nodiscard]] Result<oidc::ClientCredentials> dynamic(const catalog::Profile& profile,
                                                          const oidc::Provider& provider);
    [[nodiscard]] Result<oidc::ClientCredentials> register_client(const catalog::Profile& profile,
                                                                  const oidc::Provider& provider,
                                                                  const json::Object& metadata);
    [[nodiscard]] Result<oidc::ClientCredentials> unseal(const catalog::Profile& profile,
                                                         const DownstreamClient& stored) const;

    Parts parts_;
    internal::SingleFlight flights_;
};

}  // namespace gatehouse::grants
