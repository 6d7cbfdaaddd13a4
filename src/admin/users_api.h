// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"
#include "admin/changes.h"

namespace gatehouse::admin {

/// GET, POST /api/v1/users and GET, PATCH, DELETE /api/v1/users/{id or name}.
void add_users_routes(http::Router& router, const Dependencies& dependencies);

inline constexpr std::string_view kUserPattern = "/api/v1/users/{id}";

/// The user behind the `{id}` of `pattern`: an id, or a local name or e-mail.
[[nodiscard]] Result<identity::User> addressed_user(const Dependencies& dependencies,
                                                    std::string_view pattern,
                                                    const http::Request& request);
/// The record of something done to a user.
[[nodiscard]] Change change_of(std::string_view action, const identity::User& user);

}  // namespace gatehouse::admin
