// SPDX-License-Identifier: Apache-2.0
#include "admin/pauses_api.h"

#include <algorithm>
#include <utility>

#include "admin/answers.h"
#include "admin/changes.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kPattern = "/api/v1/pauses";
constexpr std::string_view kItemPattern = "/api/v1/pauses/{id}";
constexpr std::size_t kMaxName = 4096;
constexpr std::size_t kMaxShown = 100;

using budget::Pause;

json::Object view(const Pause& pause) {
    return {{"id", pause.kind + ":" + pause.name},
            {"origin", "api"},
            {"kind", pause.kind},
            {"name", pause.label},
            {"target", pause.name},
            {"paused_at", format_time(pause.paused_at)}};
}

std::unexpected<Error> unknown(std::string_view kind, std::string_view name) {
    return fail(ErrorCode::kNotFound,
                "there is no " + std::string(kind) + " " + sanitize_text(name, kMaxShown));
}

Result<bool> is_client(const Dependencies& dependencies, std::string_view id) {
    if (id == oauth::kPersonalTokenClient) {
        return true;
    }
    const auto catalog = dependencies.catalog.get();
    for (const catalog::Server& server : catalog->servers) {
        if (std::ranges::find(server.clients, id, &catalog::PreregisteredClient::id) !=
            server.clients.end()) {
            return true;
        }
    }
    const auto known = dependencies.clients();
    if (!known) {
        return std::unexpected(known.error());
    }
    return std::ranges::any_of(
        *known, [&](const json::Object& client) { return json::get_string(client, "id") == id; });
}

/// What `name` stands for; kNotFound when it stands for nothing.
Result<Pause> resolve(const Dependencies& dependencies,
                      const std::string& kind,
                      const std::string& name) {
    Pause pause{.kind = kind, .name = name, .label = name, .paused_at = {}};
    if (name.empty() || name.size() > kMaxName) {
        return fail(ErrorCode::kInvalid, "name must be a text");
    }
    if (kind == "server") {
        return dependencies.catalog.get()->find_server(name) != nullptr ? Result<Pause>(pause)
                                                                        : unknown(kind, name);
    }
    if (kind == "tool") {
        const auto slash = name.find('/');
        if (slash == std::string::npos || slash + 1 == name.size()) {
            return fail(ErrorCode::kInvalid, "write the tool as SERVER/TOOL");
        }
        const auto server = name.substr(0, slash);
        return dependencies.catalog.get()->find_server(server) != nullptr
                   ? Result<Pause>(pause)
                   : unknown("server", server);
    }
    if (kind == "user") {
        const auto user = dependencies.users.find_by_id_or_login(name);
        if (!user) {
            return user.error().code == ErrorCode::kNotFound ? unknown(kind, name)
                                                             : std::unexpected(user.error());
        }
        pause.name = user->id;
        return pause;
    }
    if (kind == "client") {
        const auto known = is_client(dependencies, name);
        if (!known) {
            return std::unexpected(known.error());
        }
        return *known ? Result<Pause>(pause) : unknown(kind, name);
    }
    return fail(ErrorCode::kInvalid, "kind must be server, tool, user or client");
}

Result<void> record(const Dependencies& dependencies, std::string_view action, const Pause& pause) {
    Change change{.action = action, .kind = pause.kind, .id = pause.label};
    (action == "pause" ? change.after : change.before) = view(pause);
    if (pause.kind == "user") {
        change.user = pause.name;
    } else if (pause.kind == "client") {
        change.client = pause.name;
    } else {
        change.server = pause.name.substr(0, pause.name.find('/'));
    }
    return record_change(dependencies.events, std::move(change));
}

Result<std::vector<json::Object>> load(const Dependencies& dependencies) {
    const auto pauses = dependencies.pauses.list();
    if (!pauses) {
        return std::unexpected(pauses.error());
    }
    std::vector<json::Object> views;
    std::ranges::transform(*pauses, std::back_inserter(views), view);
    return views;
}

http::Response list_pauses(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    auto views = load(dependencies);
    return views ? page_response(cut_page(std::move(*views), *query)) : problem(views.error());
}

http::Response add_pause(const Dependencies& dependencies, const http::Request& request) {
    const auto object = json::parse_object(request.body);
    if (!object) {
        return problem(object.error());
    }
    for (const auto& member : *object) {
        if (member.key() != "kind" && member.key() != "name") {
            return problem(400, "Bad Request",
                           "unknown member: " + to_safe_ascii(member.key(), 40));
        }
    }
    const auto pause = resolve(dependencies, json::get_string(*object, "kind").value_or(""),
                               json::get_string(*object, "name").value_or(""));
    if (!pause) {
        return problem(pause.error());
    }
    const auto added = dependencies.pauses.pause(*pause);
    if (!added) {
        return problem(added.error());
    }
    if (*added) {
        if (const auto recorded = record(dependencies, "pause", *pause); !recorded) {
            return problem(recorded.error());
        }
    }
    const auto views = load(dependencies);
    if (!views) {
        return problem(views.error());
    }
    const auto made = std::ranges::find_if(*views, [&](const json::Object& item) {
        return json::get_string(item, "id") == pause->kind + ":" + pause->name;
    });
    return made != views->end() ? object_response(*added ? 201 : 200, *made)
                                : problem(404, "Not Found", "it was resumed just now");
}

http::Response remove_pause(const Dependencies& dependencies, const http::Request& request) {
    const auto parameters = http::path_parameters(kItemPattern, request.path);
    const auto id = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    const auto colon = id ? id->find(':') : std::string::npos;
    if (colon == std::string::npos) {
        return problem(404, "Not Found", "an id is a kind, a colon and a name");
    }
    Pause pause{.kind = id->substr(0, colon),
                .name = id->substr(colon + 1),
                .label = id->substr(colon + 1),
                .paused_at = {}};
    // What is gone by now can be resumed too, by the id that it had.
    if (const auto known = resolve(dependencies, pause.kind, pause.name)) {
        pause.name = known->name;
    }
    const auto removed = dependencies.pauses.resume(pause.kind, pause.name);
    if (!removed) {
        return problem(removed.error());
    }
    if (!*removed) {
        return problem(404, "Not Found",
                       "the " + sanitize_text(pause.kind, kMaxShown) + " " +
                           sanitize_text(pause.label, kMaxShown) + " is not paused");
    }
    if (const auto recorded = record(dependencies, "resume", pause); !recorded) {
        return problem(recorded.error());
    }
    return {.status = 204, .headers = {}, .body = {}};
}

using Handler = http::Response (*)(const Dependencies&, const http::Request&);

}  // namespace

void add_pauses_routes(http::Router& router, const Dependencies& dependencies) {
    const auto add = [&](std::string method, std::string_view pattern, Handler handle) {
        router.add(
            std::move(method), std::string(pattern), http::WorkClass::kSlow,
            dependencies.guard.protect([&dependencies, handle](const http::Request& request) {
                return handle(dependencies, request);
            }));
    };
    add("GET", kPattern, list_pauses);
    add("POST", kPattern, add_pause);
    add("DELETE", kItemPattern, remove_pause);
}

}  // namespace gatehouse::admin
