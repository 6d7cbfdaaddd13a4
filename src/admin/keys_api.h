// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// POST /api/v1/keys/rotate ({"when": "now"} does not wait for caches) and DELETE
/// /api/v1/keys/{id}, for a key that is not safe any more.
void add_keys_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
