// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// GET /api/v1/traffic?window=1h: calls, failures, refusals and latency over a window of time that
/// ends now (15m, 1h, 6h or 24h), in 60 steps.
void add_traffic_route(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
