// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// GET /api/v1/logs: newest first, `cursor` goes back in time; with `after=<id>` oldest first, for
/// following. Filters: server, user, client, tool, decision, kind, event, since (RFC 3339).
void add_logs_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
