// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// GET /api/v1/runtimes: what is known of each server's runtime. GET /api/v1/servers/{id}/tools:
/// its tools, as far as they are known. POST /api/v1/servers/{id}/tools/approve {tools}: they are
/// what they should be; without `tools`, all of them. POST /api/v1/runtimes/{id}/refresh: asks now.
/// POST /api/v1/runtimes/probe {url, headers}: asks a runtime that is not attached.
void add_runtimes_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
