// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "audit/event_log.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "grants/client_registry.h"
#include "grants/ended_grants.h"
#include "grants/grant_broker.h"
#include "grants/grant_store.h"
#include "grants/internal/back_off.h"
#include "grants/internal/single_flight.h"
#include "grants/subject_tokens.h"
#include "grants/vault.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::grants {

/// The vault's way out: opens grants and keeps them fresh (requirements G16-G20).
///
/// One refresh per grant at a time: threads take turns, processes take a lease on the row. What a
/// refresh brings is stored before it is used; an answer that cannot be stored is kept aside and
/// stored by the next call. What the parts refer to must outlive it.
class Broker final : public GrantBroker {
  public:
    struct Parts {
        const catalog::LiveCatalog& catalog;
        GrantStore& grants;
        const Vault& vault;
        oidc::ProviderDirectory& providers;
        ClientRegistry& clients;
        oidc::TokenEndpoint& tokens;
        SubjectTokens& subjects;
        EndedGrantPublisher& ended;
        audit::EventLog& events;
        const Clock& clock;
        std::string owner;  ///< of leases; empty: made up
    };

    explicit Broker(const Parts& parts);

    [[nodiscard]] std::expected<DownstreamToken, GrantFailure> token_for(
        std::string_view user_id, std::string_view server) override;
    [[nodiscard]] std::expected<DownstreamToken, GrantFailure> refresh_after_rejection(
        std::string_view user_id, std::string_view server, std::uint64_t version) override;

  private:
    struct Held;
    enum class Parked { kNone, kStored, kStuck };
    using Rejected = std::optional<std::uint64_t>;
    using Token = std::expected<DownstreamToken, GrantFailure>;
    using Done = std::expected<void, GrantFailure>;

    [[nodiscard]] Token serve(std::string_view user_id, std::string_view server, Rejected rejected);
    [[nodiscard]] std::expected<Held, GrantFailure> load(std::string_view user_id,
                                                         std::string_view server);
    [[nodiscard]] Token renew(Held held, Rejected rejected);
    [[nodiscard]] Done refresh(const Held& held, Rejected rejected);
    [[nodiscard]] Done refresh_as(const Held& held, const oidc::Party& party);
    [[nodiscard]] std::expected<oidc::TokenAnswer, oidc::TokenFailure> obtain(
        const Held& held, const oidc::Party& party);
    [[nodiscard]] Done take_lease(const Held& held, Rejected rejected);
    [[nodiscard]] Done store(const Held& held,
                             const oidc::Party& party,
                             const oidc::TokenAnswer& answer);
    [[nodiscard]] Done refused(const Held& held, const oidc::TokenFailure& failure);
    [[nodiscard]] Done end_grant(const Grant& grant,
                                 std::uint64_t version,
                                 std::string_view reason);
    [[nodiscard]] Parked store_parked(const std::string& key);
    [[nodiscard]] bool may_force(const std::string& grant_id);
    void record(std::string_view name, const Grant& grant, std::string_view reason);

    Parts parts_;
    std::string owner_;  ///< of leases
    internal::SingleFlight flights_;
    internal::BackOff back_off_;

    struct Forced {
        SteadyTime since;
        int count = 0;
    };

    std::mutex mutex_;  // guards the members below
    std::map<std::string, RenewedGrant, std::less<>> parked_;
    std::map<std::string, Forced, std::less<>> forced_;
};

}  // namespace gatehouse::grants
