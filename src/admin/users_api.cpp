// SPDX-License-Identifier: Apache-2.0
#include "admin/users_api.h"

#include <utility>

#include "admin/listing.h"
#include "admin/problem.h"
#include "admin/views.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kUserPattern = "/api/v1/users/{id}";

http::Response object_response(int status, const json::Object& object) {
    http::Response response = http::json_response(status, json::dump(object));
    response.headers.set("Cache-Control", "no-store");
    return response;
}

Result<void> record_change(const Dependencies& dependencies,
                           std::string_view action,
                           const identity::User& user) {
    return dependencies.events.record(
        {.name = "admin.action",
         .user = user.id,
         .detail = {{"action", action}, {"name", user.name}, {"source", user.source}}});
}

/// The user behind `{id}`: an id, or a local name or e-mail.
Result<identity::User> addressed_user(const Dependencies& dependencies,
                                      const http::Request& request) {
    const auto parameters = http::path_parameters(kUserPattern, request.path);
    const auto name = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    if (!name) {
        return fail(ErrorCode::kNotFound, "no such user");
    }
    return dependencies.users.find_by_id_or_login(*name);
}

http::Response list_users(const Dependencies& dependencies, const http::Request& request) {
    const auto query = parse_list_query(request.query);
    if (!query) {
        return problem(query.error());
    }
    const auto users = dependencies.users.list(query->cursor, query->limit);
    if (!users) {
        return problem(users.error());
    }
    Page page;
    for (const identity::User& user : *users) {
        page.items.emplace_back(view(user));
    }
    if (users->size() == query->limit) {
        page.next = users->back().id;
    }
    return page_response(page);
}

Result<identity::NewLocalUser> parse_new_user(std::string_view body) {
    const auto object = json::parse_object(body);
    if (!object) {
        return std::unexpected(object.error());
    }
    for (const auto& member : *object) {
        const std::string_view name = member.key();
        if (name != "name" && name != "email" && name != "password" && name != "groups") {
            return fail(ErrorCode::kInvalid, "unknown member: " + to_safe_ascii(name, 40));
        }
    }
    identity::NewLocalUser user{
        .name = json::get_string(*object, "name").value_or(""),
        .email = json::get_string(*object, "email").value_or(""),
        .password = Secret(json::get_string(*object, "password").value_or(""))};
    if (object->contains("groups")) {
        auto groups = json::get_strings(*object, "groups");
        if (!groups) {
            return fail(ErrorCode::kInvalid, "groups must be a list of texts");
        }
        user.groups = std::move(*groups);
    }
    return user;
}

http::Response add_user(const Dependencies& dependencies, const http::Request& request) {
    const auto wanted = parse_new_user(request.body);
    if (!wanted) {
        return problem(wanted.error());
    }
    const auto user = dependencies.users.add_local(*wanted);
    if (!user) {
        return problem(user.error());
    }
    if (auto recorded = record_change(dependencies, "users.add", *user); !recorded) {
        return problem(recorded.error());
    }
    return object_response(201, view(*user));
}

http::Response show_user(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, request);
    return user ? object_response(200, view(*user)) : problem(user.error());
}

/// `disabled` and `password`, the two things an operator changes about a person.
Result<void> change_user(const Dependencies& dependencies,
                         const identity::User& user,
                         const json::Object& changes) {
    for (const auto& member : changes) {
        if (member.key() != "disabled" && member.key() != "password") {
            return fail(ErrorCode::kInvalid, "only disabled and password can be changed, not " +
                                                 to_safe_ascii(member.key(), 40));
        }
    }
    if (changes.contains("password")) {
        const auto password = json::get_string(changes, "password");
        if (!password) {
            return fail(ErrorCode::kInvalid, "password must be a text");
        }
        if (auto set = dependencies.users.set_password(user.id, Secret(*password)); !set) {
            return set;
        }
    }
    if (changes.contains("disabled")) {
        const auto disabled = json::get_bool(changes, "disabled");
        if (!disabled) {
            return fail(ErrorCode::kInvalid, "disabled must be true or false");
        }
        return *disabled ? dependencies.users.disable(user.id) : dependencies.users.enable(user.id);
    }
    return {};
}

http::Response update_user(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, request);
    if (!user) {
        return problem(user.error());
    }
    const auto changes = json::parse_object(request.body);
    if (!changes) {
        return problem(changes.error());
    }
    if (auto changed = change_user(dependencies, *user, *changes); !changed) {
        return problem(changed.error());
    }
    if (auto recorded = record_change(dependencies, "users.change", *user); !recorded) {
        return problem(recorded.error());
    }
    return show_user(dependencies, request);
}

http::Response remove_user(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, request);
    if (!user) {
        return problem(user.error());
    }
    if (auto removed = dependencies.users.remove(user->id); !removed) {
        return problem(removed.error());
    }
    if (auto recorded = record_change(dependencies, "users.remove", *user); !recorded) {
        return problem(recorded.error());
    }
    return {.status = 204, .headers = {}, .body = {}};
}

using UserHandler = http::Response (*)(const Dependencies&, const http::Request&);

}  // namespace

void add_users_routes(http::Router& router, const Dependencies& dependencies) {
    const auto add = [&](std::string method, std::string_view pattern, http::WorkClass work,
                         UserHandler handle) {
        router.add(
            std::move(method), std::string(pattern), work,
            dependencies.guard.protect([&dependencies, handle](const http::Request& request) {
                return handle(dependencies, request);
            }));
    };
    add("GET", "/api/v1/users", http::WorkClass::kQuick, list_users);
    add("POST", "/api/v1/users", http::WorkClass::kPassword, add_user);
    add("GET", kUserPattern, http::WorkClass::kQuick, show_user);
    add("PATCH", kUserPattern, http::WorkClass::kPassword, update_user);
    add("DELETE", kUserPattern, http::WorkClass::kQuick, remove_user);
}

}  // namespace gatehouse::admin
