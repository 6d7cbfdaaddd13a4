// SPDX-License-Identifier: Apache-2.0
#include "admin/api.h"

#include "admin/listing.h"
#include "admin/logs_api.h"
#include "admin/problem.h"
#include "admin/users_api.h"
#include "admin/views.h"
#include "base/encoding.h"

namespace gatehouse::admin {
namespace {

using Objects = Result<std::vector<json::Object>>;

http::Response object_response(int status, const json::Object& object) {
    http::Response response = http::json_response(status, json::dump(object));
    response.headers.set("Cache-Control", "no-store");
    return response;
}

/// Adds GET `pattern`, which pages through what `load` gives.
void add_list(http::Router& router,
              const Dependencies& dependencies,
              std::string pattern,
              std::function<Objects(const ListQuery&)> load) {
    router.add("GET", std::move(pattern), http::WorkClass::kQuick,
               dependencies.guard.protect([load = std::move(load)](const http::Request& request) {
                   const auto query = parse_list_query(request.query);
                   if (!query) {
                       return problem(query.error());
                   }
                   auto items = load(*query);
                   return items ? page_response(cut_page(std::move(*items), *query))
                                : problem(items.error());
               }));
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
    add_list(router, dependencies, "/api/v1/servers", [&dependencies](const ListQuery&) {
        return views_of(dependencies.catalog.get()->servers);
    });
    add_list(router, dependencies, "/api/v1/profiles", [&dependencies](const ListQuery&) {
        return views_of(dependencies.catalog.get()->profiles);
    });
    // Policies and budgets cannot be configured yet, so there are none.
    for (const char* pattern : {"/api/v1/policies", "/api/v1/budgets", "/api/v1/api-keys"}) {
        add_list(router, dependencies, pattern, [](const ListQuery&) { return Objects{}; });
    }
}

void add_state_lists(http::Router& router, const Dependencies& dependencies) {
    add_list(router, dependencies, "/api/v1/clients",
             [&dependencies](const ListQuery&) { return dependencies.clients(); });
    add_list(router, dependencies, "/api/v1/grants",
             [&dependencies](const ListQuery&) { return dependencies.grants(); });
    add_list(router, dependencies, "/api/v1/keys",
             [&dependencies](const ListQuery&) { return dependencies.keys(); });
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

/// Adds DELETE `pattern`: `remove` says whether there was something.
void add_removal(http::Router& router,
                 const Dependencies& dependencies,
                 const std::string& pattern,
                 std::function<Result<bool>(const std::string& id)> remove) {
    router.add(
        "DELETE", pattern, http::WorkClass::kSlow,
        dependencies.guard.protect([&dependencies, pattern, remove = std::move(remove)](
                                       const http::Request& request) -> http::Response {
            const auto parameters = http::path_parameters(pattern, request.path);
            const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
            if (!id) {
                return problem(404, "Not Found");
            }
            const auto removed = remove(*id);
            if (!removed) {
                return problem(removed.error());
            }
            if (!*removed) {
                return problem(404, "Not Found");
            }
            const auto recorded = dependencies.events.record(
                {.name = "admin.action", .detail = {{"action", "remove"}, {"path", request.path}}});
            if (!recorded) {
                return problem(recorded.error());
            }
            return {.status = 204, .headers = {}, .body = {}};
        }));
}

void add_actions(http::Router& router, const Dependencies& dependencies) {
    add_removal(
        router, dependencies, "/api/v1/connections/{id}",
        [&dependencies](const std::string& id) { return dependencies.revoke_connection(id); });
    add_removal(router, dependencies, "/api/v1/grants/{id}",
                [&dependencies](const std::string& id) { return dependencies.remove_grant(id); });
    router.add("POST", "/api/v1/keys/rotate", http::WorkClass::kQuick,
               dependencies.guard.protect([&dependencies](const http::Request&) {
                   const auto key = dependencies.rotate_key();
                   if (!key) {
                       return problem(key.error());
                   }
                   const auto recorded = dependencies.events.record(
                       {.name = "admin.action", .detail = {{"action", "keys.rotate"}}});
                   return recorded ? object_response(201, *key) : problem(recorded.error());
               }));
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
    add_logs_routes(router, dependencies);
    add_actions(router, dependencies);
}

}  // namespace gatehouse::admin
