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
    if (person != nullptr) {
        page.paragraphs.push_back("You are signed in as " + display_name(person->user) + ".");
    }
    return render(page);
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
    if (!query || !field(*query, "e").empty()) {
        return over_page();
    }
    auto person = parts.find_person(request, sign_in_source(*server));
    if (!person) {
        return unavailable_page(person.error());
    }
    auto walk =
        parts.walks.open(request, {.purpose = Purpose::kConnect,
                                   .server = server->name,
                                   .user_id = *person ? (*person)->user.id : std::string()});
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
    // Without a session only a server whose sign-in is the leg itself goes on.
    if (now != scene->transaction().user_id || scene->profile == nullptr ||
        (now.empty() && scene->server->sign_in != kDownstream)) {
        return over_page();
    }
    scene->walk.transaction.stage = Stage::kApproved;
    const auto first = parts.dependencies.transactions.advance(Stage::kOpen, scene->transaction());
    if (!first) {
        return unavailable_page(first.error());
    }
    return *first ? begin_leg(parts, *scene, now) : over_page();
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
