// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "admin/guard.h"
#include "base/json.h"
#include "http/router.h"

namespace gatehouse::admin {

/// The OpenAPI 3.1 document of the routes that the router has now. A route that nobody described is
/// in it with an empty summary, which a test refuses.
[[nodiscard]] json::Object openapi_document(const http::Router& router, std::string_view version);

/// GET /api/v1/openapi.json. To be added after every other route; `guard` must outlive the router.
void add_openapi_route(http::Router& router, const Guard& guard);

}  // namespace gatehouse::admin
