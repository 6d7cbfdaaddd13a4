// SPDX-License-Identifier: Apache-2.0
#include "admin/user_data_api.h"

#include <utility>

#include "admin/answers.h"
#include "admin/problem.h"
#include "admin/users_api.h"
#include "base/encoding.h"
#include "base/units.h"

namespace gatehouse::admin {
namespace {

constexpr std::string_view kExportPattern = "/api/v1/users/{id}/export";
constexpr std::string_view kResetPattern = "/api/v1/users/{id}/reset-link";

http::Response export_user(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, kExportPattern, request);
    if (!user) {
        return problem(user.error());
    }
    if (auto caught_up = dependencies.catch_up(); !caught_up) {
        return problem(caught_up.error());
    }
    const auto all = dependencies.export_user(*user);
    if (!all) {
        return problem(all.error());
    }
    if (auto recorded = record_change(dependencies.events, change_of("users.export", *user));
        !recorded) {
        return problem(recorded.error());
    }
    return object_response(200, *all);
}

http::Response make_reset_link(const Dependencies& dependencies, const http::Request& request) {
    const auto user = addressed_user(dependencies, kResetPattern, request);
    if (!user) {
        return problem(user.error());
    }
    if (user->source != identity::kLocalSource || user->disabled) {
        return problem(
            409, "Conflict",
            user->disabled ? "this user is disabled" : "only local users have a password here");
    }
    if (auto recorded = record_change(dependencies.events, change_of("users.reset-link", *user));
        !recorded) {
        return problem(recorded.error());
    }
    const auto made = dependencies.resets.make(user->id);
    if (!made) {
        return problem(made.error());
    }
    return object_response(
        201, {{"user", user->id},
              {"url", dependencies.catalog.get()->public_origin +
                          "/sign-in/reset?token=" + percent_encode(made->token.reveal())},
              {"expires_at", format_time(made->expires_at)}});
}

}  // namespace

void add_user_data_routes(http::Router& router, const Dependencies& dependencies) {
    const auto add = [&](std::string method, std::string_view pattern,
                         http::Response (*handle)(const Dependencies&, const http::Request&)) {
        router.add(std::move(method), std::string(pattern), http::WorkClass::kSlow,
                   dependencies.guard.protect(
                       Role::kOperator, [&dependencies, handle](const http::Request& request) {
                           return handle(dependencies, request);
                       }));
    };
    add("GET", kExportPattern, export_user);
    add("POST", kResetPattern, make_reset_link);
}

}  // namespace gatehouse::admin
