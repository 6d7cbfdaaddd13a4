// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"
#include "admin/listing.h"

namespace gatehouse::admin {

/// Filters: server, user (id, name or e-mail), client, tool, decision, kind, event, method,
/// connection, request_id, trace_id, rule, reason, outcome (ok, error, open), since and until
/// (RFC 3339), and text, which is looked for in item, error, arguments, result and detail.
[[nodiscard]] Result<audit::RecordFilter> parse_record_filter(const Dependencies& dependencies,
                                                              const ListQuery& query);

/// GET /api/v1/logs: newest first, `cursor` goes back in time; with `after=<id>` oldest first, for
/// following. POST /api/v1/logs/verify: walks the chain.
void add_logs_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
