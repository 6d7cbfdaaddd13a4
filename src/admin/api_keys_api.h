// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// /api/v1/api-keys and POST /api/v1/admin-token/rotate. Reading is for viewers, all else for
/// admins.
void add_api_keys_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
