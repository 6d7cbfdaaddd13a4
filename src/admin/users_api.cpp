// SPDX-License-Identifier: Apache-2.0
#include "admin/users_api.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "admin/answers.h"
#include "admin/changes.h"
#include "admin/listing.h"
#include "admin/problem.h"
#include "admin/views.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace gatehouse::admin {

Change change_of(std::string_view action, const identity::User& user) {
    return {.action = action, .kind = "user", .id = user.id, .user = user.id};
}

Result<identity::User> addressed_user(const Dependencies& dependencies,
                                      std::string_view pattern,
                                      const http::Request& request) {
    const auto parameters = http::path_parameters(pattern, request.path);
    const auto name = parameters.empty() ? std::nullopt : percent_decode(parameters[0]);
    if (!name) {
        return fail(ErrorCode::kNotFound, "no such user");
    }
    return dependencies.users.find_by_id_or_login(*name);
}

namespace {

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
    Change made = change_of("users.add", *user);
    made.after = view(*user);
    if (auto recorded = record_change(dependencies.events, std::move(made)); !recorded) {
        return problem(recorded.error());
    }
    return object_response(201, view(*user));
}

http::Response show_user(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, kUserPattern, request);
    return user ? object_response(200, view(*user)) : problem(user.error());
}

/// What of a person an operator may change, read from the request's object.
struct UserChange {
    identity::LocalUserChange facts;
    std::optional<Secret> password;
    std::optional<bool> disabled;
};

Error wrong_type(std::string_view member, std::string_view wanted) {
    return {.code = ErrorCode::kInvalid, .message = fmt::format("{} must be {}", member, wanted)};
}

Result<UserChange> parse_change(const json::Object& object) {
    UserChange change;
    for (const auto& member : object) {
        const std::string_view name = member.key();
        if (name == "password") {
            const auto password = json::get_string(object, name);
            if (!password) {
                return std::unexpected(wrong_type(name, "a text"));
            }
            change.password = Secret(*password);
        } else if (name == "email") {
            change.facts.email = json::get_string(object, name);
            if (!change.facts.email) {
                return std::unexpected(wrong_type(name, "a text"));
            }
        } else if (name == "groups") {
            change.facts.groups = json::get_strings(object, name);
            if (!change.facts.groups) {
                return std::unexpected(wrong_type(name, "a list of texts"));
            }
        } else if (name == "disabled") {
            change.disabled = json::get_bool(object, name);
            if (!change.disabled) {
                return std::unexpected(wrong_type(name, "true or false"));
            }
        } else {
            return fail(ErrorCode::kInvalid,
                        "only email, groups, password and disabled can be changed, not " +
                            to_safe_ascii(name, 40));
        }
    }
    return change;
}

Result<void> apply_change(identity::Users& users, const std::string& id, const UserChange& change) {
    if (change.facts.email || change.facts.groups) {
        if (auto changed = users.change_local(id, change.facts); !changed) {
            return changed;
        }
    }
    if (change.password) {
        if (auto set = users.set_password(id, *change.password); !set) {
            return set;
        }
    }
    if (change.disabled) {
        return *change.disabled ? users.disable(id) : users.enable(id);
    }
    return {};
}

http::Response update_user(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, kUserPattern, request);
    if (!user) {
        return problem(user.error());
    }
    if (auto refusal = stale(request, view(*user))) {
        return *std::move(refusal);
    }
    const auto object = json::parse_object(request.body);
    if (!object) {
        return problem(object.error());
    }
    const auto change = parse_change(*object);
    if (!change) {
        return problem(change.error());
    }
    if (auto changed = apply_change(dependencies.users, user->id, *change); !changed) {
        return problem(changed.error());
    }
    const auto now = dependencies.users.find_by_id_or_login(user->id);
    if (!now) {
        return problem(now.error());
    }
    Change changed = change_of("users.change", *user);
    changed.before = view(*user);
    changed.after = view(*now);
    if (change->password) {
        changed.after->insert_or_assign("password", "changed");
    }
    if (auto recorded = record_change(dependencies.events, std::move(changed)); !recorded) {
        return problem(recorded.error());
    }
    return object_response(200, view(*now));
}

http::Response remove_user(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, kUserPattern, request);
    if (!user) {
        return problem(user.error());
    }
    if (auto refusal = stale(request, view(*user))) {
        return *std::move(refusal);
    }
    if (auto erased = dependencies.erase_user(*user); !erased) {
        return problem(erased.error());
    }
    Change gone = change_of("users.remove", *user);
    gone.before = view(*user);
    if (auto recorded = record_change(dependencies.events, std::move(gone)); !recorded) {
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
    add("DELETE", kUserPattern, http::WorkClass::kSlow, remove_user);
}

}  // namespace gatehouse::admin
