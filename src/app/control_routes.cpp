// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "admin/views.h"
#include "app/control_plane.h"
#include "app/views.h"
#include "base/units.h"
#include "oauth/account_calls.h"
#include "oauth/endpoints.h"
#include "oauth/flow.h"

/// Where the parts of the control plane meet the two listeners.
namespace gatehouse::app {
namespace {

constexpr std::string_view kClientDocumentPattern = "/.well-known/oauth-client/{document}";
constexpr std::string_view kDocumentSuffix = ".json";

}  // namespace

std::function<bool(std::string_view, std::string_view)> ControlPlane::grant_status() {
    return [this](std::string_view user_id, std::string_view server) {
        const auto usable = downstream_.connector().has_grant(user_id, server, {});
        // A store that cannot be asked is no reason to send a person through sign-in again.
        return !usable || *usable;
    };
}

void ControlPlane::add_routes() {
    oauth::add_oauth_routes(public_routes_, {.catalog = catalog_,
                                             .clients = clients_,
                                             .blocks = client_blocks_,
                                             .sealed_clients = sealed_clients_,
                                             .codes = stores_.codes,
                                             .connections = stores_.connections,
                                             .users = stores_.users,
                                             .keys = keys_,
                                             .trust = trust_,
                                             .events = events_,
                                             .client_keys = client_keys_,
                                             .used_assertions = stores_.used_assertions,
                                             .pushed_requests = pushed_requests_,
                                             .clock = clock_,
                                             .grant_usable = grant_status()});
    oauth::add_flow_routes(public_routes_, {.catalog = catalog_,
                                            .clients = clients_,
                                            .known_clients = stores_.clients,
                                            .codes = stores_.codes,
                                            .connections = stores_.connections,
                                            .personal_tokens = stores_.personal_tokens,
                                            .token_maker = token_maker_,
                                            .consents = stores_.consents,
                                            .transactions = stores_.transactions,
                                            .users = users_,
                                            .sessions = sessions_,
                                            .providers = providers_,
                                            .sign_in_tokens = sign_in_tokens_,
                                            .resets = resets_,
                                            .registration = registration_,
                                            .connector = connector_,
                                            .pushed_requests = pushed_requests_,
                                            .links = links_,
                                            .events = events_,
                                            .clock = clock_,
                                            .revoke_connection = [this](std::string_view id) {
                                                return trust_.revoke_connection(id);
                                            }});
    public_routes_.add(
        "GET", std::string(kClientDocumentPattern), http::WorkClass::kQuick,
        [this](const http::Request& request) {
            const auto parameters = http::path_parameters(kClientDocumentPattern, request.path);
            std::string_view name = parameters.empty() ? std::string_view() : parameters[0];
            if (!name.ends_with(kDocumentSuffix)) {
                return http::text_response(404, "not found");
            }
            name.remove_suffix(kDocumentSuffix.size());
            const auto document = downstream_.clients().document(name);
            return document ? http::json_response(200, json::dump(*document))
                            : http::text_response(404, "not found");
        });
    oauth::add_account_calls_route(
        public_routes_, {.catalog = catalog_,
                         .sessions = sessions_,
                         .users = users_,
                         .recent = [this](std::string_view user_id,
                                          std::size_t most) { return own_calls(user_id, most); },
                         .client_name =
                             [this](std::string_view client_id) {
                                 const auto known = stores_.clients.list();
                                 if (known) {
                                     for (const oauth::KnownClient& client : *known) {
                                         if (client.id == client_id && !client.name.empty()) {
                                             return client.name;
                                         }
                                     }
                                 }
                                 return std::string(client_id);
                             }});
    admin::add_api_routes(admin_routes_, admin_);
    admin_routes_.add(
        "GET", "/metrics", http::WorkClass::kQuick, guard_.protect([this](const http::Request&) {
            http::Response page = http::text_response(200, metrics());
            page.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
            page.headers.set("Cache-Control", "no-store");
            return page;
        }));
}

admin::Dependencies ControlPlane::admin_dependencies() {
    return {
        .guard = guard_,
        .catalog = catalog_,
        .users = users_,
        .resets = resets_,
        .connections = stores_.connections,
        .personal_tokens = stores_.personal_tokens,
        .token_maker = token_maker_,
        .client_control = client_control_,
        .client_blocks = client_blocks_,
        .records = stores_.records,
        .events = admin_events_,
        .attempts = attempts_,
        .budgets = budgets_,
        .pauses = pauses_,
        .rules = *rules_,
        .clock = clock_,
        .catch_up = [this] { return catch_up(); },
        .verify_records = [this] { return verify_records(); },
        .revoke_connection = [this](std::string_view id) { return trust_.revoke_connection(id); },
        .clients = [this] { return client_views(stores_.clients); },
        .grants = [this] { return grant_views(downstream_.connector()); },
        .keys = [this]() -> Result<std::vector<json::Object>> {
            return key_views(*keys_.current(), clock_.now());
        },
        .erase_user = [this](const identity::User& user) { return user_data_.erase(user); },
        .export_user = [this](const identity::User& user) { return user_data_.collect(user); },
        .remove_grant = [this](std::string_view id) { return remove_grant(id); },
        .rotate_key = [this](oauth::SigningKeys::Rotation when) -> Result<json::Object> {
            const auto kid = keys_.rotate(when);
            if (!kid) {
                return std::unexpected(kid.error());
            }
            if (auto published = trust_.refresh(); !published) {
                return std::unexpected(published.error());
            }
            return find_key(*kid);
        },
        .remove_key = [this](std::string_view id) -> Result<void> {
            auto removed = keys_.remove(id);
            return removed ? trust_.refresh() : removed;
        },
        .status = [this] { return status(); },
        .api_keys = &api_keys_,
        .definitions = &definitions_,
        .traffic = &stores_.traffic,
        .console_sessions = &console_sessions_,
        .runtimes = &runtimes_,
        .client = client_.get(),
        .rotate_admin_token = [this] { return rotate_admin_token(); }};
}

Result<Secret> ControlPlane::rotate_admin_token() {
    auto token = new_admin_token_();
    if (token) {
        guard_.set_admin_token(*token);
    }
    return token;
}

Result<json::Object> ControlPlane::find_key(std::string_view id) const {
    for (json::Object& key : key_views(*keys_.current(), clock_.now())) {
        if (json::get_string(key, "id") == id) {
            return std::move(key);
        }
    }
    return fail(ErrorCode::kNotFound, "the key is gone");
}

Result<bool> ControlPlane::remove_grant(std::string_view id) {
    auto grants = downstream_.connector().list({});
    if (!grants) {
        return std::unexpected(grants.error());
    }
    for (const grants::GrantSummary& grant : *grants) {
        if (grant.id != id) {
            continue;
        }
        // Without its grant every client of the user at that server starts over (G23).
        if (auto revoked =
                trust_.revoke_connections({.user_id = grant.user_id, .server = grant.server});
            !revoked) {
            return std::unexpected(revoked.error());
        }
        if (auto gone = downstream_.connector().disconnect(grant.user_id, grant.server); !gone) {
            return std::unexpected(gone.error());
        }
        return true;
    }
    return false;
}

json::Object ControlPlane::status() const {
    const auto config = config_state_.get();
    json::Object config_view{{"generation", config->generation}};
    config_view["error"] =
        config->error.empty() ? json::Value(nullptr) : json::Value(config->error);
    return {
        {"started_at", format_time(started_at_)},
        {"public_url", catalog_.get()->public_origin},
        {"servers", catalog_.get()->servers.size()},
        {"policy_service", json::Object{{"asked", service_counters_->asked.load()},
                                        {"allowed", service_counters_->allowed.load()},
                                        {"denied", service_counters_->denied.load()},
                                        {"failed", service_counters_->failed.load()},
                                        {"remembered", service_counters_->remembered.load()},
                                        {"microseconds", service_counters_->microseconds.load()}}},
        {"config", std::move(config_view)}};
}

}  // namespace gatehouse::app
