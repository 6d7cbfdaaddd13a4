// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// GET /api/v1/users/{id}/export: what is kept of a person. POST …/{id}/reset-link: a link with
/// which they choose a new password.
void add_user_data_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
