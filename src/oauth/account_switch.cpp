// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_switch.h"

#include <utility>

#include "base/encoding.h"
#include "base/strings.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_outcome.h"
#include "oauth/flow_pages.h"
#include "oauth/pages.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {
namespace {

/// Ties the form to one pending grant.
std::string switch_step(std::string_view pending_grant) {
    return "switch:" + std::string(pending_grant);
}

/// Their tokens stood for the first account.
Result<void> end_connections(const FlowParts& parts, const Scene& scene, std::string_view user_id) {
    const auto connections = parts.dependencies.connections.list(
        {.user_id = std::string(user_id), .server = scene.server->name, .client_id = {}});
    if (!connections) {
        return std::unexpected(connections.error());
    }
    for (const Connection& connection : *connections) {
        if (auto revoked = parts.dependencies.revoke_connection(connection.id); !revoked) {
            return std::unexpected(revoked.error());
        }
        (void)parts.record(scene.request, {.name = "connection.revoked",
                                           .server = connection.server,
                                           .user = connection.user_id,
                                           .client = connection.client_id,
                                           .connection = connection.id,
                                           .detail = {{"by", "account switch"}}});
    }
    return {};
}

}  // namespace

http::Response switch_page(const FlowParts& parts,
                           const Scene& scene,
                           const AccountSwitch& change) {
    const auto earlier =
        parts.dependencies.connector.account_of(change.person.user.id, scene.server->name);
    const std::string host = downstream_host(*scene.profile);
    ConfirmPage page{
        .title = "Change the connected account?",
        .paragraphs = {title_of(*scene.server) + " works with your account " +
                           (earlier ? sanitize_text(earlier->name, 200) : "") + " at " + host +
                           " so far. Now you signed in as " + change.account + " over there.",
                       "If you change it, the apps that you connected to " +
                           title_of(*scene.server) +
                           " have to ask you again. If you do not want "
                           "that, just close this page: nothing was changed."},
        .action = "/connect/" + percent_encode(scene.server->name) + "/switch",
        .button = "Change to " + change.account,
        .hidden = form_fields(scene.walk, {.step = switch_step(change.pending_grant),
                                           .user_id = change.person.user.id}),
        .targets = {}};
    page.hidden.push_back({.name = "pending", .value = change.pending_grant});
    if (!scene.transaction().redirect_uri.empty()) {
        page.targets.push_back(form_target(scene.transaction().redirect_uri));
    }
    return render(page);
}

http::Response switch_account(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    auto scene = set_scene(parts, request, *std::move(walk));
    if (!scene) {
        return scene.error();
    }
    const auto person = parts.find_person(request, sign_in_source(*scene->server));
    if (!person) {
        return unavailable_page(person.error());
    }
    const std::string pending(field(*form, "pending"));
    if (!*person || scene->transaction().stage != Stage::kApproved || scene->profile == nullptr ||
        request.path != "/connect/" + percent_encode(scene->server->name) + "/switch" ||
        !is_own_form(scene->walk, *form,
                     {.step = switch_step(pending), .user_id = (*person)->user.id})) {
        return over_page();
    }
    const std::string& user_id = (*person)->user.id;
    if (auto ended = end_connections(parts, *scene, user_id); !ended) {
        return unavailable_page(ended.error());
    }
    DownstreamConnector& connector = parts.dependencies.connector;
    if (auto gone = connector.disconnect(user_id, scene->server->name); !gone) {
        return unavailable_page(gone.error());
    }
    if (auto adopted = connector.adopt(pending, user_id); !adopted) {
        telemetry::error("oauth", "a grant was not stored: {}", describe(adopted.error()));
        connector.discard(pending);
        return end_with_error(parts, *scene,
                              {.code = "temporarily_unavailable",
                               .description = "the gateway cannot store the grant now"});
    }
    return scene->transaction().purpose == Purpose::kConnect ? connected_page(parts, *scene)
                                                             : issue_code(parts, *scene, **person);
}

}  // namespace gatehouse::oauth
