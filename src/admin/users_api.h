// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// GET, POST /api/v1/users and GET, PATCH, DELETE /api/v1/users/{id or name}.
void add_users_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
