// SPDX-License-Identifier: Apache-2.0
#include "oauth/flow_parts.h"

#include <utility>

#include "oauth/authorize_access.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {

Result<std::vector<Person>> FlowParts::find_people(const identity::Visitor& visitor) const {
    std::vector<Person> people;
    for (const identity::SignedIn& signed_in : visitor.session.people) {
        auto user = dependencies.users.find(signed_in.user_id);
        if (!user && user.error().code != ErrorCode::kNotFound) {
            return std::unexpected(user.error());
        }
        if (user && !user->disabled) {
            people.push_back({.user = *std::move(user),
                              .auth_time = signed_in.auth_time,
                              .signed_in_at = signed_in.signed_in_at});
        }
    }
    return people;
}

Result<std::optional<Person>> FlowParts::find_person(const http::Request& request,
                                                     std::string_view source) const {
    const auto visitor = dependencies.sessions.find(request);
    if (!visitor) {
        return std::unexpected(visitor.error());
    }
    const auto* signed_in = *visitor ? (*visitor)->find(source) : nullptr;
    if (signed_in == nullptr) {
        return std::nullopt;
    }
    auto user = dependencies.users.find(signed_in->user_id);
    if (!user && user.error().code != ErrorCode::kNotFound) {
        return std::unexpected(user.error());
    }
    if (!user || user->disabled || user->source != source) {
        return std::nullopt;
    }
    const auto* entry = dependencies.catalog.get()->find_oidc(source);
    if (entry != nullptr && !identity::is_allowed(*entry, user->email, user->email_verified)) {
        return std::nullopt;
    }
    return Person{.user = *std::move(user),
                  .auth_time = signed_in->auth_time,
                  .signed_in_at = signed_in->signed_in_at};
}

bool FlowParts::record(const http::Request& request, audit::Event event) const {
    event.request_id = request.request_id;
    event.client_ip = request.client_ip;
    const auto recorded = dependencies.events.record(event);
    if (!recorded) {
        telemetry::error("oauth", "{} was not recorded: {}", event.name,
                         describe(recorded.error()));
    }
    return recorded.has_value();
}

std::expected<Scene, http::Response> set_scene(const FlowParts& parts,
                                               const http::Request& request,
                                               Walk walk) {
    Scene scene{.request = request,
                .walk = std::move(walk),
                .catalog = parts.dependencies.catalog.get(),
                .client = {}};
    const Transaction& transaction = scene.transaction();
    if (transaction.purpose == Purpose::kAuthorize) {
        auto client = parts.dependencies.clients.find(transaction.origin, transaction.client_id);
        if (!client) {
            return std::unexpected(client.error().code == ErrorCode::kUnavailable
                                       ? unavailable_page(client.error())
                                       : unknown_client_page(guess_client(
                                             transaction.redirect_uri,
                                             request.headers.get("User-Agent").value_or(""))));
        }
        scene.client = *std::move(client);
    }
    scene.server = scene.catalog->find_server(transaction.server);
    if (scene.server == nullptr || scene.server->origin != transaction.origin ||
        (transaction.purpose == Purpose::kAuthorize &&
         !may_use_server(*scene.server, scene.client))) {
        return std::unexpected(
            not_found_page("The server that this was about is not available any more. Nothing has "
                           "been allowed."));
    }
    scene.profile = scene.catalog->find_profile(scene.server->profile);
    return scene;
}

}  // namespace gatehouse::oauth
