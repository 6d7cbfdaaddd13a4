// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "admin/api.h"
#include "app/downstream_adapter.h"
#include "app/stores.h"
#include "app/subject_tokens.h"
#include "app/user_data.h"
#include "attempts/recorder.h"
#include "audit/anchors.h"
#include "audit/call_counts.h"
#include "audit/ingester.h"
#include "audit/journal.h"
#include "audit/retention.h"
#include "audit/verifier.h"
#include "base/clock.h"
#include "base/secret.h"
#include "budget/ledger.h"
#include "budget/pauses.h"
#include "catalog/catalog.h"
#include "catalog/policy_service.h"
#include "grants/downstream.h"
#include "http/client.h"
#include "http/router.h"
#include "identity/password_resets.h"
#include "identity/provider_sign_in.h"
#include "identity/self_registration.h"
#include "identity/sessions.h"
#include "identity/sign_in_tokens.h"
#include "identity/users.h"
#include "oauth/account_calls.h"
#include "oauth/cimd_clients.h"
#include "oauth/client_blocks.h"
#include "oauth/client_control.h"
#include "oauth/client_directory.h"
#include "oauth/client_keys.h"
#include "oauth/connect_link.h"
#include "oauth/personal_tokens.h"
#include "oauth/pushed_requests.h"
#include "oauth/sealed_client.h"
#include "oauth/signing_keys.h"
#include "oauth/trust_publisher.h"
#include "policy/policy_set.h"
#include "proxy/service_verdict.h"
#include "runtimes/keeper.h"
#include "storage/database.h"
#include "telemetry/metrics.h"

namespace gatehouse::app {

/// How the running configuration came about, for `status`.
struct ConfigState {
    std::uint64_t generation = 1;
    std::string error;  ///< of the last reload that failed; empty when it went well
};

/// Everything that is synchronous: stores, keys, people, flows, grants, and the routes of both
/// listeners. Built once; thread-safe afterwards.
class ControlPlane {
  public:
    struct Needs {
        std::shared_ptr<const catalog::Catalog> catalog;
        std::unique_ptr<storage::Database> database;
        std::vector<Secret> master_keys;
        audit::JournalOptions journal;
        std::string replica;                 ///< names this data_dir's chain of records
        std::filesystem::path anchors_file;  ///< where signed anchors are exported to
        std::unique_ptr<http::Client> client;
        /// Where URLs that clients supply may lead.
        std::shared_ptr<const http::AddressRule> client_urls;
        const Clock& clock;
        Secret admin_token;
        std::vector<std::string> admin_hosts;
        std::unique_ptr<budget::LeaseFile> leases;
        /// Makes another admin token and keeps it where the command line finds it.
        std::function<Result<Secret>()> new_admin_token;
        /// Of what the admin API makes; opened when the plane has started.
        admin::Definitions& definitions;
    };

    /// Loads keys and revocations. kCorrupt when a master key does not fit the store.
    [[nodiscard]] static Result<std::unique_ptr<ControlPlane>> start(Needs needs);

    [[nodiscard]] const http::Router& public_routes() const { return public_routes_; }

    [[nodiscard]] const http::Router& admin_routes() const { return admin_routes_; }

    [[nodiscard]] storage::Database& store() { return *database_; }

    [[nodiscard]] const catalog::LiveCatalog& catalog() const { return catalog_; }

    /// After a reload.
    void take_catalog(std::shared_ptr<const catalog::Catalog> catalog);

    [[nodiscard]] const oauth::LiveTrust& trust() const { return trust_.live(); }

    [[nodiscard]] const oauth::SigningKeys& keys() const { return keys_; }

    [[nodiscard]] grants::GrantBroker& broker() { return downstream_.broker(); }

    [[nodiscard]] admin::DefinitionStore& definition_store() { return stores_.definitions; }

    [[nodiscard]] const grants::LiveEndedGrants& ended_grants() const {
        return downstream_.ended_grants();
    }

    [[nodiscard]] identity::Users& users() { return users_; }

    [[nodiscard]] const oauth::ConnectLinks& links() const { return links_; }

    [[nodiscard]] audit::EventLog& events() { return events_; }

    [[nodiscard]] const crypto::Sealer& session_sealer() const { return session_sealer_; }

    [[nodiscard]] budget::Ledger& budgets() { return budgets_; }

    [[nodiscard]] attempts::Recorder& attempts() { return attempts_; }

    [[nodiscard]] audit::ExportStore& export_store() { return stores_.exports; }

    [[nodiscard]] budget::Pauses& pauses() { return pauses_; }

    [[nodiscard]] const std::shared_ptr<policy::RuleLibrary>& rules() const { return rules_; }

    [[nodiscard]] catalog::LivePolicyServices& policy_services() { return policy_services_; }

    [[nodiscard]] const std::shared_ptr<proxy::ServiceCounters>& service_counters() const {
        return service_counters_;
    }

    [[nodiscard]] http::Client& client() { return *client_; }

    [[nodiscard]] const audit::JournalOptions& journal() const { return journal_; }

    /// Adds families to /metrics; before the admin listener serves.
    void add_metrics(std::function<void(telemetry::MetricsText&)> writer) {
        metrics_writers_.push_back(std::move(writer));
    }

    [[nodiscard]] runtimes::Keeper& runtimes() { return runtimes_; }

    /// Journal into store. Called often, and before logs are read.
    [[nodiscard]] Result<void> catch_up() { return ingester_.run(); }

    /// As much of it as may be done between two looks at signals.
    [[nodiscard]] Result<void> catch_up_some() { return ingester_.run_some(20); }

    /// Now and then: signs where the chain of records stands.
    void anchor_records();
    /// Removes records that are old enough.
    void retire_records();

    /// One whose keys change with `rotate_master_keys`. At start only.
    [[nodiscard]] crypto::Sealer make_sealer(const std::vector<Secret>& master_keys,
                                             std::string_view purpose);

    /// Other master keys while everything goes on: what is stored is sealed anew under the first.
    /// kCorrupt, and nothing changes, when they do not open the store.
    [[nodiscard]] Result<void> rotate_master_keys(const std::vector<Secret>& master_keys);

    /// Once a second: what other replicas revoked and rotated.
    void refresh_trust();
    /// Once a second: leases, warnings, pauses of other replicas.
    void tend_budgets();
    /// At the end, when nothing runs any more: what is leased and unspent goes back.
    void close_budgets();
    /// Every minute: what ran out is removed.
    void tidy();
    void set_config_state(ConfigState state);

    /// Somebody replaced it on the disk.
    void set_admin_token(Secret token) { guard_.set_admin_token(std::move(token)); }

    /// True when store and keys are usable (readyz).
    [[nodiscard]] bool ready();

  private:
    ControlPlane(Needs needs, Secret client_id_key, Secret chain_key);

    void add_routes();
    [[nodiscard]] std::function<bool(std::string_view, std::string_view)> grant_status();
    void note_budget_warning(const budget::Warning& warning);
    void end_user(const std::string& user_id);
    [[nodiscard]] Result<void> reseal();
    [[nodiscard]] Result<void> use_signing_alg();
    [[nodiscard]] Result<json::Object> find_key(std::string_view id) const;
    [[nodiscard]] Result<bool> remove_grant(std::string_view id);
    [[nodiscard]] Result<Secret> rotate_admin_token();
    [[nodiscard]] Result<std::vector<oauth::OwnCall>> own_calls(std::string_view user_id,
                                                                std::size_t most);
    void anchor_now();
    [[nodiscard]] Result<json::Object> verify_records();
    void note_stored(const std::vector<audit::Entry>& entries);
    [[nodiscard]] std::string metrics();
    void write_store_metrics(telemetry::MetricsText& page);
    void write_journal_metrics(telemetry::MetricsText& page);
    [[nodiscard]] oauth::DeadBefore dead_before(Timestamp now) const;
    [[nodiscard]] json::Object status() const;
    [[nodiscard]] admin::Dependencies admin_dependencies();

    const Clock& clock_;
    std::vector<crypto::Sealer> sealers_;  ///< of the master keys
    catalog::LiveCatalog catalog_;
    std::unique_ptr<storage::Database> database_;
    Stores stores_;
    audit::JournalOptions journal_;
    audit::ChainSeal chain_seal_;
    audit::CallCounts call_counts_;
    std::vector<std::function<void(telemetry::MetricsText&)>> metrics_writers_;
    attempts::Recorder attempts_;
    audit::JournalEventLog events_;
    budget::Ledger budgets_;
    budget::Pauses pauses_;
    catalog::LivePolicyServices policy_services_{std::make_shared<const catalog::PolicyServices>()};
    std::shared_ptr<proxy::ServiceCounters> service_counters_ =
        std::make_shared<proxy::ServiceCounters>();
    std::shared_ptr<policy::RuleLibrary> rules_ = std::make_shared<policy::RuleLibrary>();
    audit::Ingester ingester_;
    std::unique_ptr<http::Client> client_;
    oauth::SigningKeys keys_;
    audit::Anchors anchors_;
    audit::Retention retention_;
    std::mutex keeping_;  // verifying, anchoring and retention take turns
    oauth::TrustPublisher trust_;
    oauth::PersonalTokenMaker token_maker_;
    oauth::SealedClients sealed_clients_;
    oauth::CimdClients documents_;
    oauth::ClientKeys client_keys_;
    oauth::ClientBlocks client_blocks_;
    oauth::ClientControl client_control_;
    oauth::Clients clients_;
    crypto::Sealer session_sealer_;
    oauth::PushedRequests pushed_requests_;
    oauth::ConnectLinks links_;
    identity::Users users_;
    identity::Sessions sessions_;
    identity::ProviderSignIn providers_;
    identity::SignInTokens sign_in_tokens_;
    SubjectTokensAdapter subjects_;
    identity::PasswordResets resets_;
    identity::SelfRegistration registration_;
    grants::Downstream downstream_;
    DownstreamAdapter connector_;
    runtimes::Keeper runtimes_;
    UserData user_data_;
    admin::ApiKeys api_keys_;
    admin::ConsoleSessions console_sessions_;
    admin::AttributedEvents admin_events_;
    admin::Guard guard_;
    std::function<Result<Secret>()> new_admin_token_;
    admin::Definitions& definitions_;
    admin::Dependencies admin_;
    Live<ConfigState> config_state_;
    Timestamp started_at_;
    Timestamp next_purge_{};  ///< of the thread that calls tidy
    http::Router public_routes_, admin_routes_;
};

}  // namespace gatehouse::app
