// SPDX-License-Identifier: Apache-2.0
#include "admin/api.h"

#include <algorithm>
#include <utility>

#include "admin/answers.h"
#include "admin/api_keys_api.h"
#include "admin/attempts_api.h"
#include "admin/budgets_api.h"
#include "admin/changes.h"
#include "admin/clients_api.h"
#include "admin/console.h"
#include "admin/definitions_api.h"
#include "admin/keys_api.h"
#include "admin/listing.h"
#include "admin/live_api.h"
#include "admin/logs_api.h"
#include "admin/openapi.h"
#include "admin/pauses_api.h"
#include "admin/policies_api.h"
#include "admin/policy_replay.h"
#include "admin/policy_views.h"
#include "admin/problem.h"
#include "admin/runtimes_api.h"
#include "admin/session_api.h"
#include "admin/tokens_api.h"
#include "admin/traffic_api.h"
#include "admin/user_data_api.h"
#include "admin/users_api.h"
#include "admin/views.h"
#include "base/encoding.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kRoot = "/api/v1/";

using Objects = Result<std::vector<json::Object>>;

Result<json::Object> item_of(std::vector<json::Object> items, std::string_view id) {
    const auto found = std::ranges::find_if(
        items, [&](const json::Object& item) { return json::get_string(item, "id") == id; });
    if (found == items.end()) {
        return fail(ErrorCode::kNotFound, "there is nothing of this id");
    }
    return std::move(*found);
}

/// The item that the last segment of the path names; kNotFound if there is none.
Result<json::Object> addressed_item(const Load& load,
                                    const std::string& pattern,
                                    const http::Request& request) {
    const auto parameters = http::path_parameters(pattern, request.path);
    const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    auto items = load({.limit = 1, .cursor = {}, .filters = {{"revoked", "true"}}});
    if (!items) {
        return std::unexpected(items.error());
    }
    return id ? item_of(*std::move(items), *id)
              : fail(ErrorCode::kNotFound, "there is nothing of this id");
}

/// Adds GET `pattern`, which pages through what `load` gives, and GET `pattern`/{id}.
void add_list(http::Router& router,
              const Dependencies& dependencies,
              const std::string& pattern,
              const Load& load) {
    router.add("GET", pattern, http::WorkClass::kQuick,
               dependencies.guard.protect([load](const http::Request& request) {
                   const auto query = parse_list_query(request.query);
                   if (!query) {
                       return problem(query.error());
                   }
                   auto items = load(*query);
                   return items ? page_response(cut_page(std::move(*items), *query))
                                : problem(items.error());
               }));
    router.add(
        "GET", pattern + "/{id}", http::WorkClass::kQuick,
        dependencies.guard.protect([load, item = pattern + "/{id}"](const http::Request& request) {
            const auto found = addressed_item(load, item, request);
            return found ? object_response(200, *found, version_of(*found))
                         : problem(found.error());
        }));
}

/// Adds PATCH and DELETE `pattern`/{id} of what only the configuration file changes.
void add_read_only(http::Router& router,
                   const Dependencies& dependencies,
                   const std::string& pattern,
                   const Load& load) {
    for (const char* method : {"PATCH", "DELETE"}) {
        router.add(method, pattern + "/{id}", http::WorkClass::kQuick,
                   dependencies.guard.protect([load, item = pattern + "/{id}"](
                                                  const http::Request& request) -> http::Response {
                       const auto found = addressed_item(load, item, request);
                       if (!found) {
                           return problem(found.error());
                       }
                       return json::get_string(*found, "origin") == "file"
                                  ? problem(409, "Conflict",
                                            "the configuration file defines it; change it there")
                                  : problem(405, "Method Not Allowed");
                   }));
    }
}

template <typename Items>
Objects views_of(const Items& items) {
    std::vector<json::Object> objects;
    for (const auto& item : items) {
        objects.push_back(view(item));
    }
    return objects;
}

void add_catalog_lists(http::Router& router, const Dependencies& dependencies) {
    const std::pair<const char*, Load> lists[] = {
        {"/api/v1/servers",
         [&dependencies](const ListQuery&) {
             return views_of(dependencies.catalog.get()->servers);
         }},
        {"/api/v1/profiles",
         [&dependencies](const ListQuery&) {
             return views_of(dependencies.catalog.get()->profiles);
         }},
        {"/api/v1/budgets",
         [&dependencies](const ListQuery&) { return budget_views(dependencies); }},
        {"/api/v1/policies", [&dependencies](const ListQuery&) -> Objects {
             return policy_views(*dependencies.catalog.get());
         }}};
    for (const auto& [pattern, load] : lists) {
        const std::string list(std::string_view(pattern).substr(kRoot.size()));
        const Load shown = with_definitions(dependencies, list, load);
        add_list(router, dependencies, pattern, shown);
        if (!add_definition_changes(router, dependencies, list, shown)) {
            add_read_only(router, dependencies, pattern, shown);
        }
    }
    add_export_route(router, dependencies);
    // What an operator may do to clients is more than reading (clients_api.h).
    add_list(router, dependencies, "/api/v1/clients",
             [&dependencies](const ListQuery&) { return all_clients(dependencies); });
    add_clients_routes(router, dependencies);
}

/// What is below /api and unknown is answered as everything else there is: to those who may ask.
void add_fallback(http::Router& router, const Dependencies& dependencies) {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        router.add(method, "/api/*", http::WorkClass::kQuick,
                   dependencies.guard.protect([](const http::Request&) {
                       return problem(404, "Not Found", "there is nothing at this address");
                   }));
    }
}

void add_state_lists(http::Router& router, const Dependencies& dependencies) {
    add_list(router, dependencies, "/api/v1/grants",
             [&dependencies](const ListQuery&) { return dependencies.grants(); });
    add_list(router, dependencies, "/api/v1/keys",
             [&dependencies](const ListQuery&) { return dependencies.keys(); });
    add_keys_routes(router, dependencies);
    add_list(router, dependencies, "/api/v1/connections",
             [&dependencies](const ListQuery& query) -> Objects {
                 const auto found = dependencies.connections.list(
                     {.user_id = query.filter("user"),
                      .server = query.filter("server"),
                      .client_id = query.filter("client"),
                      .include_revoked = query.filter("revoked") == "true"});
                 if (!found) {
                     return std::unexpected(found.error());
                 }
                 return views_of(*found);
             });
}

struct Removal {
    std::string_view kind, action;
    std::string pattern;
    std::function<Result<json::Object>(const std::string& id)> find;
    std::function<Result<bool>(const std::string& id)> remove;  ///< whether there was something
};

/// Adds DELETE of the removal's pattern.
void add_removal(http::Router& router, const Dependencies& dependencies, Removal removal) {
    const std::string pattern = removal.pattern;
    router.add(
        "DELETE", pattern, http::WorkClass::kSlow,
        dependencies.guard.protect([&dependencies, removal = std::move(removal)](
                                       const http::Request& request) -> http::Response {
            const auto parameters = http::path_parameters(removal.pattern, request.path);
            const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
            if (!id) {
                return problem(404, "Not Found");
            }
            auto before = removal.find(*id);
            if (!before) {
                return problem(before.error());
            }
            const auto removed = removal.remove(*id);
            if (!removed) {
                return problem(removed.error());
            }
            if (!*removed) {
                return problem(404, "Not Found");
            }
            const auto recorded = record_change(
                dependencies.events, {.action = removal.action,
                                      .kind = removal.kind,
                                      .id = *id,
                                      .before = *before,
                                      .after = {},
                                      .server = json::get_string(*before, "server").value_or(""),
                                      .user = json::get_string(*before, "user").value_or("")});
            if (!recorded) {
                return problem(recorded.error());
            }
            return {.status = 204, .headers = {}, .body = {}};
        }));
}

void add_actions(http::Router& router, const Dependencies& dependencies) {
    add_removal(
        router, dependencies,
        {.kind = "connection",
         .action = "connections.revoke",
         .pattern = "/api/v1/connections/{id}",
         .find = [&dependencies](const std::string& id) -> Result<json::Object> {
             const auto connection = dependencies.connections.find(id);
             return connection ? Result<json::Object>(view(*connection))
                               : std::unexpected(connection.error());
         },
         .remove = [&dependencies](
                       const std::string& id) { return dependencies.revoke_connection(id); }});
    add_removal(router, dependencies,
                {.kind = "grant",
                 .action = "grants.remove",
                 .pattern = "/api/v1/grants/{id}",
                 .find = [&dependencies](const std::string& id) -> Result<json::Object> {
                     auto grants = dependencies.grants();
                     if (!grants) {
                         return std::unexpected(grants.error());
                     }
                     return item_of(*std::move(grants), id);
                 },
                 .remove = [&dependencies](
                               const std::string& id) { return dependencies.remove_grant(id); }});
    router.add("GET", "/api/v1/status", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request&) {
                   return object_response(200, dependencies.status());
               }));
    router.add("GET", "/healthz", http::WorkClass::kQuick,
               [](const http::Request&) { return http::text_response(200, "ok"); });
}

}  // namespace

void add_api_routes(http::Router& router, const Dependencies& dependencies) {
    add_catalog_lists(router, dependencies);
    add_state_lists(router, dependencies);
    add_users_routes(router, dependencies);
    add_user_data_routes(router, dependencies);
    add_logs_routes(router, dependencies);
    add_attempts_routes(router, dependencies);
    add_budgets_routes(router, dependencies);
    add_pauses_routes(router, dependencies);
    add_policies_routes(router, dependencies);
    add_replay_route(router, dependencies);
    if (dependencies.runtimes != nullptr && dependencies.client != nullptr) {
        add_runtimes_routes(router, dependencies);
    }
    add_tokens_routes(router, dependencies);
    add_actions(router, dependencies);
    add_api_keys_routes(router, dependencies);
    add_session_routes(router, dependencies);
    add_live_route(router);
    add_traffic_route(router, dependencies);
    add_console_routes(router, dependencies.guard);
    add_openapi_route(router, dependencies.guard);
    add_fallback(router, dependencies);
}

}  // namespace gatehouse::admin
