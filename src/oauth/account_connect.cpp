// SPDX-License-Identifier: Apache-2.0
#include "oauth/account_connect.h"

#include <utility>

#include "base/encoding.h"
#include "http/router.h"
#include "oauth/authorize_access.h"
#include "oauth/flow_outcome.h"
#include "oauth/flow_pages.h"
#include "oauth/flow_steps.h"
#include "oauth/pages.h"

namespace gatehouse::oauth {
namespace {

http::Response with_walk_cookie(http::Response response,
                                const http::Request& request,
                                const Walk& walk) {
    set_walk_cookie(response, walk);
    drop_old_walk_cookies(response, request);
    return response;
}

http::Response connect_page(const Scene& scene, const Person* person) {
    const std::string host = downstream_host(*scene.profile);
    const std::string& title = title_of(*scene.server);
    ConfirmPage page{.title = "Connect your account to " + title,
                     .paragraphs = {"You go to " + host + " now to sign in and agree. " + title +
                                    " can then act there for you, in the apps that you allowed."},
                     .action = scene.request.path,
                     .button = "Go to " + host,
                     .hidden = form_fields(scene.walk, {.step = kConnectStep,
                                                        .user_id = scene.transaction().user_id}),
                     .targets = downstream_targets(*scene.profile)};
    if (scene.profile->key.wanted) {
        page.paragraphs = {title + " works for you with a key of yours. You are asked for it now."};
        page.button = "Go on";
    }
    if (scene.profile->exchange != catalog::ExchangeSubject::kNone) {
        page.paragraphs = {"Your account at " + host + " comes with your sign-in here. " + title +
                           " can then act there for you, in the apps that you allowed."};
        page.button = "Go on";
        page.targets = sign_in_targets(*scene.catalog, *scene.server);
    }
    if (person != nullptr) {
        page.paragraphs.push_back("You are signed in as " + display_name(person->user) + ".");
    }
    return render(page);
}

http::Response link_over_page(std::string_view path) {
    return render(MessagePage{
        .status = 403,
        .title = "This link is over",
        .paragraphs = {"It works once, for an hour. If your app still asks for the account, let it "
                       "try again, or connect the account from here."},
        .links = {{.label = "Connect the account", .href = std::string(path), .rel = {}}}});
}

/// Whose link it is stays unsaid: whoever passes a link around learns nothing, and whoever is lured
/// by one connects nothing to somebody else (G36).
http::Response other_person_page() {
    return render(MessagePage{
        .status = 403,
        .title = "This link is not for you",
        .paragraphs = {"It was made for another person than the one who is signed in with this "
                       "browser. Nothing was changed.",
                       "If you got it from somebody else, do not go on. If it is yours, sign out "
                       "here and open it again."},
        .links = {{.label = "Sign out", .href = "/sign-out", .rel = {}}}});
}

using Link = ConnectLinks::Link;

/// The link of a request, nothing when it came without one, or the page that says why it is no
/// good.
std::expected<std::optional<Link>, http::Response> find_link(const FlowParts& parts,
                                                             std::string_view id,
                                                             std::string_view server,
                                                             std::string_view path) {
    if (id.empty()) {
        return std::nullopt;
    }
    const auto link = parts.dependencies.links.open(id, server);
    if (!link) {
        return std::unexpected(link_over_page(path));
    }
    const auto used = parts.dependencies.links.is_used(*link);
    if (!used) {
        return std::unexpected(unavailable_page(used.error()));
    }
    return *used ? std::expected<std::optional<Link>, http::Response>(
                       std::unexpected(link_over_page(path)))
                 : link;
}

}  // namespace

http::Response show_connect(const FlowParts& parts, const http::Request& request) {
    const auto path = http::path_parameters(kConnectPattern, request.path);
    const auto name = path.empty() ? std::nullopt : percent_decode(path.front());
    const auto catalog = parts.dependencies.catalog.get();
    const auto* server = name ? catalog->find_server(*name) : nullptr;
    if (server == nullptr || server->origin != request.origin || server->profile.empty()) {
        return not_found_page("There is no server of this name that needs an account.");
    }
    const auto query = parse_form(request.query);
    if (!query) {
        return over_page();
    }
    const std::string id(field(*query, "e"));
    const auto link = find_link(parts, id, server->name, request.path);
    if (!link) {
        return link.error();
    }
    auto person = parts.find_person(request, sign_in_source(*server));
    if (!person) {
        return unavailable_page(person.error());
    }
    if (*link && *person && (*person)->user.id != (*link)->user_id) {
        return other_person_page();
    }
    // Where the account is the sign-in, the link says who must come back from there.
    const std::string expected = *person ? (*person)->user.id
                                 : *link ? (*link)->user_id
                                         : std::string();
    auto walk = parts.walks.open(request, {.purpose = Purpose::kConnect,
                                           .state = *link ? std::optional(id) : std::nullopt,
                                           .server = server->name,
                                           .user_id = expected});
    if (!walk) {
        return unavailable_page(walk.error());
    }
    const auto scene = set_scene(parts, request, *walk);
    if (!scene || scene->profile == nullptr) {
        return scene ? not_found_page("This server needs no account.") : scene.error();
    }
    if (!*person && server->sign_in != kDownstream) {
        return with_walk_cookie(sign_in_page(*scene), request, *walk);
    }
    if (*person && !may_authorize(server->access, (*person)->user)) {
        return words_page(access_denied_words(*server, (*person)->user));
    }
    return with_walk_cookie(connect_page(*scene, *person ? &**person : nullptr), request, *walk);
}

http::Response connect(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    const Transaction& transaction = walk->transaction;
    if (transaction.purpose != Purpose::kConnect || transaction.stage != Stage::kOpen ||
        request.path != "/connect/" + percent_encode(transaction.server) ||
        !is_own_form(*walk, *form, {.step = kConnectStep, .user_id = transaction.user_id})) {
        return over_page();
    }
    auto scene = set_scene(parts, request, *std::move(walk));
    if (!scene) {
        return scene.error();
    }
    const auto person = parts.find_person(request, sign_in_source(*scene->server));
    if (!person) {
        return unavailable_page(person.error());
    }
    const std::string now = *person ? (*person)->user.id : std::string();
    const auto link = find_link(parts, scene->transaction().state.value_or(""), scene->server->name,
                                request.path);
    if (!link) {
        return link.error();
    }
    const std::string expected = now.empty() && *link ? (*link)->user_id : now;
    // Without a session only a server whose sign-in is the leg itself goes on.
    if (expected != scene->transaction().user_id || scene->profile == nullptr ||
        (now.empty() && scene->server->sign_in != kDownstream)) {
        return over_page();
    }
    scene->walk.transaction.stage = Stage::kApproved;
    const auto first = parts.dependencies.transactions.advance(Stage::kOpen, scene->transaction());
    if (!first) {
        return unavailable_page(first.error());
    }
    if (!*first) {
        return over_page();
    }
    if (*link) {
        const auto unused = parts.dependencies.links.use(**link);
        if (!unused) {
            return unavailable_page(unused.error());
        }
        if (!*unused) {
            return link_over_page(request.path);
        }
    }
    return begin_leg(parts, *scene, expected);
}

http::Response reconnect(const FlowParts& parts,
                         const http::Request& request,
                         const catalog::Server& server,
                         std::string_view user_id) {
    auto walk = parts.walks.open(request, {.purpose = Purpose::kConnect,
                                           .stage = Stage::kApproved,
                                           .server = server.name,
                                           .user_id = std::string(user_id)});
    if (!walk) {
        return unavailable_page(walk.error());
    }
    const auto scene = set_scene(parts, request, *std::move(walk));
    if (!scene) {
        return scene.error();
    }
    return scene->profile == nullptr ? not_found_page("This server needs no account.")
                                     : begin_leg(parts, *scene, user_id);
}

}  // namespace gatehouse::oauth
