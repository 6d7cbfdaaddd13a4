// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "audit/event_log.h"
#include "base/clock.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "grants/broker.h"
#include "grants/client_registry.h"
#include "grants/connector.h"
#include "grants/downstream_client_store.h"
#include "grants/ended_grants.h"
#include "grants/grant_store.h"
#include "grants/leg_store.h"
#include "grants/reseal.h"
#include "grants/revocation_store.h"
#include "grants/revoker.h"
#include "grants/subject_tokens.h"
#include "grants/vault.h"
#include "http/client.h"
#include "oidc/identity_reader.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::grants {

/// The module, put together: the composition root makes one of these.
class Downstream {
  public:
    struct Needs {
        const catalog::LiveCatalog& catalog;
        LegStore& legs;
        GrantStore& grants;
        DownstreamClientStore& clients;
        RevocationStore& revocations;
        SubjectTokens& subjects;
        http::Client& http;
        audit::EventLog& events;
        const Clock& clock;
        /// Owns the leases of this process, and takes them up again after a restart. Empty: made
        /// up.
        std::string replica;
    };

    /// What `needs` refers to must outlive it. `master_keys`: as for crypto::Sealer.
    Downstream(const Needs& needs, const std::vector<Secret>& master_keys)
        : grants_(needs.grants),
          stored_clients_(needs.clients),
          vault_(master_keys),
          providers_(needs.http, needs.clock),
          tokens_(needs.http, needs.clock),
          clients_({.catalog = needs.catalog,
                    .store = needs.clients,
                    .vault = vault_,
                    .http = needs.http,
                    .clock = needs.clock}),
          identities_(providers_, tokens_, needs.http, needs.clock),
          ended_(needs.clock),
          revoker_({.catalog = needs.catalog,
                    .store = needs.revocations,
                    .vault = vault_,
                    .providers = providers_,
                    .clients = clients_,
                    .tokens = tokens_,
                    .events = needs.events,
                    .clock = needs.clock}),
          connector_({.catalog = needs.catalog,
                      .legs = needs.legs,
                      .grants = needs.grants,
                      .vault = vault_,
                      .providers = providers_,
                      .clients = clients_,
                      .tokens = tokens_,
                      .identities = identities_,
                      .revoker = revoker_,
                      .subjects = needs.subjects,
                      .ended = ended_,
                      .events = needs.events,
                      .clock = needs.clock}),
          broker_({.catalog = needs.catalog,
                   .grants = needs.grants,
                   .vault = vault_,
                   .providers = providers_,
                   .clients = clients_,
                   .tokens = tokens_,
                   .subjects = needs.subjects,
                   .ended = ended_,
                   .events = needs.events,
                   .clock = needs.clock,
                   .owner = needs.replica}) {}

    /// Other master keys from now on; `reseal` then puts the first one to use.
    void rekey(const std::vector<Secret>& master_keys) { vault_.rekey(master_keys); }

    /// Ends a rotation of the master key for what this module keeps: call at start and after
    /// `rekey`.
    [[nodiscard]] Result<std::size_t> reseal() {
        return grants::reseal(grants_, stored_clients_, vault_);
    }

    [[nodiscard]] Connector& connector() { return connector_; }

    [[nodiscard]] GrantBroker& broker() { return broker_; }

    [[nodiscard]] const LiveEndedGrants& ended_grants() const { return ended_.live(); }

    /// For O/.well-known/oauth-client/{profile}.json.
    [[nodiscard]] const ClientRegistry& clients() const { return clients_; }

  private:
    GrantStore& grants_;
    DownstreamClientStore& stored_clients_;
    Vault vault_;
    oidc::ProviderDirectory providers_;
    oidc::TokenEndpoint tokens_;
    ClientRegistry clients_;
    oidc::IdentityReader identities_;
    EndedGrantPublisher ended_;
    Revoker revoker_;
    Connector connector_;
    Broker broker_;
};

}  // namespace gatehouse::grants
