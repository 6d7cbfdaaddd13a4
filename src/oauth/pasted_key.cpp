// SPDX-License-Identifier: Apache-2.0
#include "oauth/pasted_key.h"

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

constexpr std::string_view kStep = "key";

std::string action_of(const Scene& scene) {
    return "/connect/" + percent_encode(scene.server->name) + "/key";
}

http::Response finish(const FlowParts& parts, const Scene& scene, const Person& person) {
    return scene.transaction().purpose == Purpose::kConnect ? connected_page(parts, scene)
                                                            : issue_code(parts, scene, person);
}

http::Response keep(const FlowParts& parts,
                    const Scene& scene,
                    const Person& person,
                    const Secret& key) {
    DownstreamConnector& connector = parts.dependencies.connector;
    const auto pending = connector.keep_key(scene.server->name, key);
    if (!pending) {
        return pending.error().code == ErrorCode::kInvalid
                   ? key_page(scene, person.user.id,
                              "That does not look like a key: it must be one word without spaces.")
                   : unavailable_page(pending.error());
    }
    if (auto adopted = connector.adopt(*pending, person.user.id); !adopted) {
        telemetry::error("oauth", "a key was not stored: {}", describe(adopted.error()));
        connector.discard(*pending);
        return unavailable_page(adopted.error());
    }
    return finish(parts, scene, person);
}

}  // namespace

http::Response key_page(const Scene& scene, std::string_view user_id, const std::string& error) {
    const catalog::PastedKey& wanted = scene.profile->key;
    const std::string& title = title_of(*scene.server);
    KeyPage page{.status = error.empty() ? 200 : 400,
                 .title = "Your key for " + title,
                 .label = wanted.label.empty() ? scene.profile->name : wanted.label,
                 .action = action_of(scene),
                 .paragraphs = {title +
                                " works for you with a key of yours. It is stored sealed, "
                                "goes to " +
                                title +
                                " alone, and no app that you connect "
                                "ever sees it. You can remove it on your account page."},
                 .error = error,
                 .links = {},
                 .hidden = form_fields(scene.walk, {.step = kStep, .user_id = user_id}),
                 .targets = {}};
    if (!wanted.help_url.empty()) {
        page.links.push_back(
            {.label = "Where to get it", .href = wanted.help_url, .rel = "noopener noreferrer"});
    }
    if (!scene.transaction().redirect_uri.empty()) {
        page.targets.push_back(form_target(scene.transaction().redirect_uri));
    }
    auto response = render(page);
    set_walk_cookie(response, scene.walk);
    return response;
}

http::Response store_key(const FlowParts& parts, const http::Request& request) {
    const auto form = read_form(request);
    if (!form) {
        return bad_request_page("The browser sent a form that cannot be read.");
    }
    auto walk = parts.walks.find_by_form(request, *form);
    if (!walk) {
        return walk.error();
    }
    const auto scene = set_scene(parts, request, *std::move(walk));
    if (!scene) {
        return scene.error();
    }
    const auto person = parts.find_person(request, sign_in_source(*scene->server));
    if (!person) {
        return unavailable_page(person.error());
    }
    if (!*person || scene->transaction().stage != Stage::kApproved || scene->profile == nullptr ||
        !scene->profile->key.wanted || request.path != action_of(*scene) ||
        (*person)->user.id != scene->transaction().user_id ||
        !is_own_form(scene->walk, *form, {.step = kStep, .user_id = (*person)->user.id})) {
        return over_page();
    }
    return keep(parts, *scene, **person, Secret(std::string(trim(field(*form, "key")))));
}

}  // namespace gatehouse::oauth
