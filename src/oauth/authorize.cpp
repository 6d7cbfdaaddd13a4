// SPDX-License-Identifier: Apache-2.0
#include "oauth/authorize.h"

#include <algorithm>
#include <utility>

#include "http/router.h"
#include "oauth/authorize_access.h"
#include "oauth/authorize_request.h"
#include "oauth/flow_pages.h"
#include "oauth/flow_steps.h"

namespace gatehouse::oauth {

namespace {

http::Response begin(const FlowParts& parts,
                     const http::Request& request,
                     FormFields parameters,
                     std::string transaction_id) {
    const auto catalog = parts.dependencies.catalog.get();
    auto asked = read_authorize_request(
        {.origin = request.origin,
         .user_agent = std::string(request.headers.get("User-Agent").value_or(""))},
        std::move(parameters), *catalog, parts.dependencies.clients);
    if (!asked) {
        if (const auto* page = std::get_if<http::Response>(&asked.error())) {
            return *page;
        }
        const auto& refusal = std::get<RedirectableRefusal>(asked.error());
        return refuse_authorization(parts, request, refusal.client, refusal.to, refusal.error);
    }
    asked->transaction.id = std::move(transaction_id);
    const std::string id = asked->transaction.id;
    const auto walk = parts.walks.open(request, std::move(asked->transaction));
    if (!walk) {
        // D28: it was begun before. Whoever began it may go on; nobody else.
        return walk.error().code == ErrorCode::kConflict && !id.empty()
                   ? see_other("/authorize/" + id)
                   : unavailable_page(walk.error());
    }
    auto response = next_step(parts, request, *walk);
    set_walk_cookie(response, *walk);
    drop_old_walk_cookies(response, request);
    return response;
}

/// D28: of a pushed request only what was pushed counts.
http::Response begin_pushed(const FlowParts& parts,
                            const http::Request& request,
                            const FormFields& parameters) {
    const auto repeated = [&](std::string_view name) {
        return std::ranges::count_if(parameters,
                                     [&](const auto& entry) { return entry.first == name; }) > 1;
    };
    if (repeated("client_id") || repeated("request_uri")) {
        return bad_request_page("The app sent something twice.");
    }
    auto pushed = parts.dependencies.pushed_requests.open(
        field(parameters, "request_uri"), request.origin, field(parameters, "client_id"),
        parts.dependencies.clock.now());
    return pushed ? begin(parts, request, std::move(pushed->parameters),
                          std::move(pushed->transaction_id))
                  : bad_request_page(
                        "The request that the app prepared is unknown or too old. Go "
                        "back to the app and try again.");
}

}  // namespace

http::Response authorize(const FlowParts& parts, const http::Request& request) {
    auto parameters = read_authorize_parameters(request);
    if (!parameters) {
        return bad_request_page("The app sent a request that cannot be read.");
    }
    // Any other request_uri is refused below, and never fetched.
    return PushedRequests::is_one(field(*parameters, "request_uri"))
               ? begin_pushed(parts, request, *parameters)
               : begin(parts, request, *std::move(parameters), {});
}

http::Response resume(const FlowParts& parts, const http::Request& request) {
    const auto parameters = http::path_parameters(kResumePattern, request.path);
    const auto walk = parts.walks.find(request, parameters.empty() ? "" : parameters.front());
    return walk ? next_step(parts, request, *walk) : walk.error();
}

http::Response choose_server(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    Transaction& transaction = walk->transaction;
    if (transaction.purpose != Purpose::kAuthorize || !transaction.server.empty() ||
        !is_own_form(*walk, *form, {.step = kServerStep, .user_id = {}})) {
        return over_page();
    }
    const auto client = parts.dependencies.clients.find(transaction.origin, transaction.client_id);
    if (!client) {
        return unknown_client_page(
            guess_client(transaction.redirect_uri, request.headers.get("User-Agent").value_or("")));
    }
    const auto catalog = parts.dependencies.catalog.get();
    const auto usable = usable_servers(*catalog, transaction.origin, *client);
    const auto chosen = std::ranges::find(usable, field(*form, "server"), &catalog::Server::name);
    if (chosen == usable.end()) {
        return bad_request_page("The browser chose a server that this app cannot use.");
    }
    transaction.server = (*chosen)->name;
    transaction.scopes = select_scopes(**chosen, *client, transaction.asked_scopes);
    const auto first = parts.dependencies.transactions.choose_server(transaction);
    if (!first) {
        return unavailable_page(first.error());
    }
    return *first ? see_other("/authorize/" + transaction.id) : over_page();
}

}  // namespace gatehouse::oauth
