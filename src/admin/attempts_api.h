// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// GET /api/v1/attempts: clients' ways to a connection with a verdict, the newest first; `cursor`
/// goes back in time. Filters: server, client (id or name), verdict, and after=<RFC 3339>, which
/// leaves out what has not changed since. GET /api/v1/attempts/{id}.
void add_attempts_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
