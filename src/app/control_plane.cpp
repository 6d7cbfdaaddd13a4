// SPDX-License-Identifier: Apache-2.0
#include "app/control_plane.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/units.h"
#include "telemetry/log.h"

namespace gatehouse::app {
namespace {

/// The server of an MCP URL, or of the path behind a well-known name; one trailing slash is the
/// same.
std::string server_at(const catalog::Catalog& catalog, std::string_view place) {
    if (place.ends_with('/')) {
        place.remove_suffix(1);
    }
    for (const catalog::Server& server : catalog.servers) {
        if (!place.empty() && (server.mcp_url == place || server.mcp_path == place)) {
            return server.name;
        }
    }
    return {};
}

constexpr std::chrono::hours kPurgeEvery{1};
constexpr std::chrono::hours kKeepDead{7 * 24};

void log_failure(std::string_view what, const Result<void>& result) {
    if (!result) {
        telemetry::warn("app", "{}: {}", what, describe(result.error()));
    }
}

/// Client ids must outlive rotations of the master key, so their key is stored, sealed.
Result<Secret> load_client_id_key(oauth::KeyStore& keys,
                                  const std::vector<Secret>& master_keys,
                                  Timestamp now) {
    return oauth::load_stored_secret(keys, crypto::Sealer(master_keys, "client-id-key"),
                                     "client-id-key", now);
}

Result<Secret> load_chain_key(oauth::KeyStore& keys,
                              const std::vector<Secret>& master_keys,
                              Timestamp now) {
    return oauth::load_stored_secret(keys, crypto::Sealer(master_keys, "audit-chain-key"),
                                     "audit-chain-key", now);
}

}  // namespace

Result<std::unique_ptr<ControlPlane>> ControlPlane::start(Needs needs) {
    if (auto prepared = audit::prepare_journal(needs.journal); !prepared) {
        return std::unexpected(prepared.error());
    }
    storage::SqlKeyStore keys(*needs.database);
    auto client_id_key = load_client_id_key(keys, needs.master_keys, needs.clock.now());
    if (!client_id_key) {
        return std::unexpected(client_id_key.error());
    }
    auto chain_key = load_chain_key(keys, needs.master_keys, needs.clock.now());
    if (!chain_key) {
        return std::unexpected(chain_key.error());
    }
    const auto chain = storage::SqlChainStore(*needs.database).open_chain(needs.replica);
    if (!chain) {
        return std::unexpected(chain.error());
    }
    const auto newest = storage::SqlRecordStore(*needs.database).newest_id();
    if (!newest) {
        return std::unexpected(newest.error());
    }
    needs.journal.replica = chain->number;
    needs.journal.newest_id = *newest;
    std::unique_ptr<ControlPlane> plane(
        new ControlPlane(std::move(needs), std::move(*client_id_key), std::move(*chain_key)));
    if (auto loaded = plane->keys_.load(); !loaded) {
        return std::unexpected(loaded.error());
    }
    if (auto kind = plane->use_signing_alg(); !kind) {
        return std::unexpected(kind.error());
    }
    if (auto published = plane->trust_.refresh(); !published) {
        return std::unexpected(published.error());
    }
    if (auto known = plane->client_blocks_.refresh(); !known) {
        return std::unexpected(known.error());
    }
    if (auto resealed = plane->reseal(); !resealed) {
        return std::unexpected(resealed.error());
    }
    if (auto recovered = plane->budgets_.recover(); !recovered) {
        return std::unexpected(recovered.error());
    }
    if (auto loaded = plane->pauses_.refresh(); !loaded) {
        return std::unexpected(loaded.error());
    }
    if (auto loaded = plane->attempts_.load(); !loaded) {
        return std::unexpected(loaded.error());
    }
    plane->runtimes_.load_approvals();
    plane->add_routes();
    return plane;
}

ControlPlane::ControlPlane(Needs needs, Secret client_id_key, Secret chain_key)
    : clock_(needs.clock),
      catalog_(std::move(needs.catalog)),
      database_(std::move(needs.database)),
      stores_(*database_),
      journal_(needs.journal),
      chain_seal_(std::move(chain_key)),
      attempts_(stores_.attempts,
                clock_,
                [this](std::string_view place) { return server_at(*catalog_.get(), place); }),
      events_(journal_, clock_),
      budgets_({.store = stores_.budgets,
                .file = std::move(needs.leases),
                .clock = clock_,
                .warn = [this](const budget::Warning& warning) { note_budget_warning(warning); }}),
      pauses_(stores_.pauses, clock_),
      ingester_({.directory = journal_.directory,
                 .replica = needs.replica,
                 .records = stores_.records,
                 .chains = stores_.chains,
                 .seal = chain_seal_,
                 .on_stored =
                     [this](const std::vector<audit::Entry>& entries) { note_stored(entries); }}),
      client_(std::move(needs.client)),
      keys_(stores_.keys, make_sealer(needs.master_keys, "signing-key"), clock_),
      anchors_({.ingester = ingester_,
                .store = stores_.chains,
                .events = events_,
                .file = std::move(needs.anchors_file),
                .sign = [this](std::string_view typ,
                               const json::Object& claims) { return keys_.sign(typ, claims); },
                .public_keys = [this] { return keys_.current()->public_keys; },
                .issuer = [this] { return catalog_.get()->public_origin; },
                .clock = clock_}),
      retention_(stores_.chains, ingester_, chain_seal_, clock_),
      trust_(keys_, stores_.connections, stores_.personal_tokens, clock_),
      token_maker_({.catalog = catalog_,
                    .store = stores_.personal_tokens,
                    .users = stores_.users,
                    .trust = trust_,
                    .events = events_,
                    .clock = clock_}),
      sealed_clients_(crypto::Sealer({client_id_key}, "client-id")),
      documents_(*client_, needs.client_urls, clock_),
      client_keys_(*client_, std::move(needs.client_urls), clock_),
      client_blocks_({.store = stores_.client_blocks,
                      .connections = stores_.connections,
                      .trust = trust_,
                      .clock = clock_}),
      client_control_({.catalog = catalog_,
                       .sealed_clients = sealed_clients_,
                       .store = stores_.clients,
                       .trust = trust_,
                       .clock = clock_}),
      clients_(catalog_, sealed_clients_, documents_, stores_.clients, client_blocks_),
      session_sealer_(make_sealer(needs.master_keys, "session")),
      pushed_requests_(make_sealer(needs.master_keys, "pushed-request")),
      links_(make_sealer(needs.master_keys, "connect-link"), stores_.connect_links, clock_),
      users_(stores_.users, clock_, [this](const std::string& user_id) { end_user(user_id); }),
      sessions_(stores_.sessions, clock_),
      providers_(
          {.catalog = catalog_, .legs = stores_.sign_in_legs, .http = *client_, .clock = clock_},
          make_sealer(needs.master_keys, "sign-in-leg")),
      sign_in_tokens_(
          {.catalog = catalog_, .store = stores_.sign_in_tokens, .http = *client_, .clock = clock_},
          make_sealer(needs.master_keys, "sign-in-token")),
      subjects_(sign_in_tokens_),
      resets_(stores_.password_resets, clock_),
      registration_(users_, clock_),
      downstream_({.catalog = catalog_,
                   .legs = stores_.legs,
                   .grants = stores_.grants,
                   .clients = stores_.downstream_clients,
                   .revocations = stores_.revocations,
                   .subjects = subjects_,
                   .http = *client_,
                   .events = events_,
                   .clock = clock_,
                   .replica = std::move(needs.replica)},
                  needs.master_keys),
      connector_(downstream_.connector()),
      runtimes_({.catalog = catalog_,
                 .client = *client_,
                 .approvals = stores_.approvals,
                 .events = events_,
                 .clock = clock_}),
      user_data_({.users = users_,
                  .sessions = sessions_,
                  .sign_in_tokens = sign_in_tokens_,
                  .resets = resets_,
                  .connections = stores_.connections,
                  .consents = stores_.consents,
                  .trust = trust_,
                  .grants = downstream_.connector(),
                  .records = stores_.records,
                  .clock = clock_}),
      api_keys_(stores_.api_keys, clock_),
      console_sessions_(clock_),
      admin_events_(events_),
      guard_(std::move(needs.admin_token),
             std::move(needs.admin_hosts),
             &api_keys_,
             &console_sessions_),
      new_admin_token_(std::move(needs.new_admin_token)),
      definitions_(needs.definitions),
      admin_(admin_dependencies()),
      config_state_(std::make_shared<ConfigState>()),
      started_at_(clock_.now()) {}

crypto::Sealer ControlPlane::make_sealer(const std::vector<Secret>& master_keys,
                                         std::string_view purpose) {
    return sealers_.emplace_back(master_keys, purpose);
}

Result<void> ControlPlane::rotate_master_keys(const std::vector<Secret>& master_keys) {
    // Says whether they fit, before anything is changed, and seals these anew.
    if (auto fits = load_client_id_key(stores_.keys, master_keys, clock_.now()); !fits) {
        return std::unexpected(fits.error());
    }
    if (auto fits = load_chain_key(stores_.keys, master_keys, clock_.now()); !fits) {
        return std::unexpected(fits.error());
    }
    for (crypto::Sealer& sealer : sealers_) {
        sealer.rekey(master_keys);
    }
    downstream_.rekey(master_keys);
    if (auto loaded = keys_.load(); !loaded) {
        return loaded;
    }
    return reseal();
}

Result<void> ControlPlane::reseal() {
    const auto grants = downstream_.reseal();
    if (!grants) {
        return std::unexpected(grants.error());
    }
    const auto sign_ins = sign_in_tokens_.reseal();
    if (!sign_ins) {
        return std::unexpected(sign_ins.error());
    }
    if (*grants + *sign_ins > 0) {
        telemetry::info("app", "{} stored secrets are under the new master key now",
                        *grants + *sign_ins);
    }
    return {};
}

void ControlPlane::end_user(const std::string& user_id) {
    if (auto revoked = trust_.revoke_connections({.user_id = user_id}); !revoked) {
        telemetry::error("app", "connections of user {} could not be revoked: {}", user_id,
                         describe(revoked.error()));
    }
    log_failure("browser sessions could not be ended", sessions_.end_user(user_id));
    log_failure("a sign-in could not be forgotten", sign_in_tokens_.forget(user_id));
}

Result<void> ControlPlane::use_signing_alg() {
    return keys_.use_alg(catalog_.get()->tokens.signing_alg == catalog::SigningAlg::kRs256
                             ? crypto::Alg::kRs256
                             : crypto::Alg::kEs256);
}

void ControlPlane::take_catalog(std::shared_ptr<const catalog::Catalog> catalog) {
    catalog_.set(std::move(catalog));
    log_failure("no key of the wanted kind could be made", use_signing_alg());
}

void ControlPlane::refresh_trust() {
    log_failure("signing keys could not be read", keys_.load());
    log_failure("revocations could not be read", trust_.refresh());
    log_failure("blocked clients could not be read", client_blocks_.refresh());
}

void ControlPlane::note_budget_warning(const budget::Warning& warning) {
    json::Object key;
    for (const auto& [name, value] : budget::read_key(warning.count.key)) {
        key[name] = sanitize_text(value, 256);
    }
    const auto recorded =
        events_.record({.name = "budget.warned",
                        .server = warning.server,
                        .user = json::get_string(key, "user").value_or(""),
                        .client = json::get_string(key, "client").value_or(""),
                        .detail = {{"budget", warning.name},
                                   {"key", key},
                                   {"used", warning.used},
                                   {"limit", warning.limit},
                                   {"resets_at", format_time(warning.count.window_end)}}});
    log_failure("a budget warning was not recorded", recorded);
}

void ControlPlane::tend_budgets() {
    budgets_.tend();
    log_failure("pauses could not be read", pauses_.refresh());
}

void ControlPlane::close_budgets() {
    log_failure("unspent budgets could not be given back", budgets_.close());
    log_failure("attempts could not be saved", attempts_.save());
}

void ControlPlane::tidy() {
    const Timestamp now = clock_.now();
    const auto grace = catalog_.get()->tokens.refresh_grace;
    log_failure("codes could not be removed",
                stores_.codes.remove_expired(now - std::chrono::minutes(10)));
    log_failure("sealed successors could not be erased",
                stores_.connections.erase_successors(now - grace));
    log_failure("connections of blocked clients could not be ended", client_blocks_.sweep());
    if (now >= next_purge_) {
        next_purge_ = now + kPurgeEvery;
        log_failure("dead connections could not be removed",
                    stores_.connections.remove_dead(dead_before(now)));
    }
    downstream_.connector().tidy();
    log_failure("transactions could not be removed", stores_.transactions.remove_expired(now));
    log_failure("sessions could not be removed", sessions_.tidy());
    log_failure("password links could not be removed", resets_.tidy());
    log_failure("sign-ins under way could not be removed", providers_.tidy());
    log_failure("old sign-ins could not be forgotten", sign_in_tokens_.tidy());
    log_failure("attempts could not be saved", attempts_.save());
}

/// Operators can still look at what ended lately, and by then the last access token is long over.
oauth::DeadBefore ControlPlane::dead_before(Timestamp now) const {
    const auto idle = catalog_.get()->tokens.refresh_idle;
    return {.ended = now - kKeepDead,
            .idle = now - idle - kKeepDead,
            .retired = now - std::max<std::chrono::seconds>(idle, kKeepDead),
            .expired = now - std::chrono::hours{1}};
}

void ControlPlane::set_config_state(ConfigState state) {
    config_state_.set(std::make_shared<ConfigState>(std::move(state)));
}

bool ControlPlane::ready() {
    return database_->is_usable();
}

}  // namespace gatehouse::app
