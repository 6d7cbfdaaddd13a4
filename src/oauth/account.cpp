// SPDX-License-Identifier: Apache-2.0
#include "oauth/account.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"
#include "oauth/account_connect.h"
#include "oauth/account_sessions.h"
#include "oauth/account_tokens.h"
#include "oauth/account_visit.h"
#include "oauth/authorize_access.h"
#include "oauth/consent_words.h"
#include "oauth/flow_pages.h"
#include "oauth/pages.h"

namespace gatehouse::oauth {
namespace {

Result<std::vector<Connection>> connections_of(const FlowParts& parts, const Account& account) {
    std::vector<Connection> all;
    const Timestamp now = parts.dependencies.clock.now();
    for (const Person& person : account.people) {
        auto connections = parts.dependencies.connections.list(
            {.user_id = person.user.id, .server = {}, .client_id = {}});
        if (!connections) {
            return connections;
        }
        for (Connection& connection : *connections) {
            if (!connection.revoked_at && connection.expires_at > now) {
                all.push_back(std::move(connection));
            }
        }
    }
    return all;
}

std::string scopes_in_words(const std::vector<std::string>& scopes) {
    std::vector<std::string> words;
    for (const std::string& scope : scopes) {
        if (scope != kOfflineAccess) {
            words.push_back(describe_scope(scope));
        }
    }
    return join(words, ", ");
}

AccountConnection view(const FlowParts& parts,
                       const catalog::Catalog& catalog,
                       const Connection& connection) {
    AccountConnection row{.id = connection.id,
                          .client_name = display_name(Client{.name = connection.client_name}),
                          .server_title = connection.server,
                          .scopes = scopes_in_words(connection.scopes),
                          .since = show_time(connection.created_at),
                          .last_used = show_time(connection.last_used_at),
                          .downstream = {}};
    const auto* server = catalog.find_server(connection.server);
    const auto* profile = server == nullptr ? nullptr : catalog.find_profile(server->profile);
    if (server != nullptr) {
        row.server_title = title_of(*server);
    }
    if (profile != nullptr) {
        const auto usable =
            parts.dependencies.connector.has_grant(connection.user_id, server->name, {});
        row.downstream = "Your account at " + downstream_host(*profile) +
                         (usable && *usable ? " is connected." : " has to be connected again.");
        row.reconnects = true;
    }
    return row;
}

std::string notice_for(const http::Request& request) {
    const auto query = parse_form(request.query);
    const auto done = query ? field(*query, "done") : std::string_view();
    if (done == "disconnect") {
        return "The app is disconnected. It can do nothing for you any more.";
    }
    if (done == "revoke_token") {
        return "The token is revoked. It works nowhere any more.";
    }
    if (done == "password") {
        return "Your password is changed. Other browsers are signed out; apps stay connected.";
    }
    if (done == "end_session") {
        return "Signed out over there.";
    }
    if (done == "account") {
        return "The account is disconnected, and so are the apps that used it.";
    }
    return done == "disconnect_all" ? "Everything is disconnected." : "";
}

/// Durable before the page says so; the event follows, as nothing is granted.
Result<void> end_connection(const FlowParts& parts,
                            const http::Request& request,
                            const Connection& connection) {
    if (auto revoked = parts.dependencies.revoke_connection(connection.id); !revoked) {
        return std::unexpected(revoked.error());
    }
    if (auto forgotten = parts.dependencies.consents.forget(
            connection.user_id, connection.client_id, connection.server);
        !forgotten) {
        return forgotten;
    }
    (void)parts.record(request, {.name = "connection.revoked",
                                 .server = connection.server,
                                 .user = connection.user_id,
                                 .client = connection.client_id,
                                 .connection = connection.id,
                                 .detail = {{"by", "user"}}});
    return {};
}

/// A server whose people this person belongs to, and whose downstream account they may have.
struct AccountPlace {
    const Person& person;
    const catalog::Server& server;
    const catalog::Profile& profile;
};

std::vector<AccountPlace> account_places(const catalog::Catalog& catalog, const Account& account) {
    std::vector<AccountPlace> places;
    for (const Person& person : account.people) {
        for (const catalog::Server& server : catalog.servers) {
            const auto* profile = catalog.find_profile(server.profile);
            if (profile != nullptr && sign_in_source(server) == person.user.source) {
                places.push_back({.person = person, .server = server, .profile = *profile});
            }
        }
    }
    return places;
}

AccountGrant view(const FlowParts& parts, const AccountPlace& place) {
    const auto account =
        parts.dependencies.connector.account_of(place.person.user.id, place.server.name);
    std::string words = place.profile.key.wanted ? "Your key \"" : "Your account ";
    if (account && !account->name.empty()) {
        words += sanitize_text(account->name, 200) + " ";
    }
    words += (place.profile.key.wanted ? "" : "at ") + downstream_host(place.profile) +
             (place.profile.key.wanted ? "\"" : "") + " is connected to " + title_of(place.server) +
             ".";
    if (account && account->ends_at) {
        words +=
            " It ends on " + show_time(*account->ends_at) + " and has to be connected again then.";
    }
    return {.server = place.server.name,
            .server_title = title_of(place.server),
            .words = std::move(words)};
}

/// The account behind one server, and every app that used it (G23).
Result<void> end_account(const FlowParts& parts,
                         const http::Request& request,
                         const AccountPlace& place,
                         const std::vector<Connection>& connections) {
    for (const Connection& connection : connections) {
        if (connection.user_id != place.person.user.id || connection.server != place.server.name) {
            continue;
        }
        if (auto ended = end_connection(parts, request, connection); !ended) {
            return ended;
        }
    }
    auto gone = parts.dependencies.connector.disconnect(place.person.user.id, place.server.name);
    return gone || gone.error().code == ErrorCode::kNotFound ? Result<void>{} : gone;
}

/// With its last app an account is of no more use: nobody should have it any longer than needed.
Result<void> end_unused_account(const FlowParts& parts,
                                const http::Request& request,
                                const Account& account,
                                const Connection& ended) {
    const auto left = connections_of(parts, account);
    if (!left) {
        return std::unexpected(left.error());
    }
    const bool used = std::ranges::any_of(*left, [&](const Connection& connection) {
        return connection.user_id == ended.user_id && connection.server == ended.server;
    });
    const auto catalog = parts.dependencies.catalog.get();
    for (const AccountPlace& place : account_places(*catalog, account)) {
        if (!used && place.person.user.id == ended.user_id && place.server.name == ended.server) {
            return end_account(parts, request, place, {});
        }
    }
    return {};
}

/// Also the accounts behind them (G23).
Result<void> end_everything(const FlowParts& parts,
                            const http::Request& request,
                            const Account& account,
                            const std::vector<Connection>& connections) {
    for (const Connection& connection : connections) {
        if (auto ended = end_connection(parts, request, connection); !ended) {
            return ended;
        }
    }
    const auto catalog = parts.dependencies.catalog.get();
    for (const auto& [person, server, profile] : account_places(*catalog, account)) {
        if (auto gone = parts.dependencies.connector.disconnect(person.user.id, server.name);
            !gone && gone.error().code != ErrorCode::kNotFound) {
            return gone;
        }
    }
    return {};
}

}  // namespace

http::Response show_account(const FlowParts& parts, const http::Request& request) {
    const auto account = find_account(parts, request);
    if (!account) {
        return account.error();
    }
    const auto connections = connections_of(parts, *account);
    if (!connections) {
        return unavailable_page(connections.error());
    }
    auto sessions = account_sessions(parts, *account);
    if (!sessions) {
        return unavailable_page(sessions.error());
    }
    const auto catalog = parts.dependencies.catalog.get();
    AccountPage page{.people = {},
                     .notice = notice_for(request),
                     .connections = {},
                     .accounts = {},
                     .sessions = *std::move(sessions),
                     .hidden = form_fields(account->visitor.cookie, kAccountStep),
                     .targets = {}};
    for (const Person& person : account->people) {
        page.people.push_back(display_name(person.user));
        page.has_password |= person.user.source == identity::kLocalSource;
    }
    for (const Connection& connection : *connections) {
        if (connection.client_id != kPersonalTokenClient) {
            page.connections.push_back(view(parts, *catalog, connection));
        }
    }
    if (auto added = add_account_tokens(parts, *catalog, account->people, page); !added) {
        return unavailable_page(added.error());
    }
    std::set<std::string> targets;
    for (const auto& [person, server, profile] : account_places(*catalog, *account)) {
        const auto usable = parts.dependencies.connector.has_grant(person.user.id, server.name, {});
        if (usable && *usable) {
            page.accounts.push_back(
                view(parts, {.person = person, .server = server, .profile = profile}));
        }
        const auto more = downstream_targets(profile);
        targets.insert(more.begin(), more.end());
        if (server.origin != request.origin) {
            targets.insert(form_target(server.origin));
            const auto beyond = sign_in_targets(*catalog, server);
            targets.insert(beyond.begin(), beyond.end());
        }
    }
    page.targets.assign(targets.begin(), targets.end());
    return render(page);
}

http::Response change_account(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    const auto account = find_account(parts, request);
    if (!account) {
        return account.error();
    }
    if (!form || !is_own_form(account->visitor.cookie, *form, kAccountStep)) {
        return over_page();
    }
    if (auto changed = change_sessions(parts, request, *account, *form)) {
        return *std::move(changed);
    }
    const auto connections = connections_of(parts, *account);
    if (!connections) {
        return unavailable_page(connections.error());
    }
    const auto action = field(*form, "action");
    if (action == "disconnect_all") {
        const auto ended = end_everything(parts, request, *account, *connections);
        return ended ? see_other("/account?done=disconnect_all") : unavailable_page(ended.error());
    }
    if (action == "make_token") {
        return make_account_token(parts, request, account->people, *form);
    }
    const auto name = field(*form, "account");
    if (!name.empty() && field(*form, "connection").empty() && action == "disconnect") {
        const auto catalog = parts.dependencies.catalog.get();
        const auto places = account_places(*catalog, *account);
        const auto place = std::ranges::find_if(
            places, [&](const AccountPlace& candidate) { return candidate.server.name == name; });
        if (place == places.end()) {
            return not_found_page("You have no such account; it may have been disconnected.");
        }
        const auto ended = end_account(parts, request, *place, *connections);
        return ended ? see_other("/account?done=account") : unavailable_page(ended.error());
    }
    const auto connection =
        std::ranges::find(*connections, field(*form, "connection"), &Connection::id);
    if (connection == connections->end()) {
        return not_found_page("You have no such connection; it may have ended already.");
    }
    if (action == "disconnect" || action == "revoke_token") {
        auto ended = end_connection(parts, request, *connection);
        if (ended && action == "disconnect") {
            ended = end_unused_account(parts, request, *account, *connection);
        }
        return ended ? see_other("/account?done=" + std::string(action))
                     : unavailable_page(ended.error());
    }
    const auto catalog = parts.dependencies.catalog.get();
    const auto* server = catalog->find_server(connection->server);
    if (action != "reconnect" || server == nullptr) {
        return bad_request_page("The browser asked for something that this page cannot do.");
    }
    return server->origin == request.origin
               ? reconnect(parts, request, *server, connection->user_id)
               : see_other(server->origin + "/connect/" + server->name);
}

}  // namespace gatehouse::oauth
