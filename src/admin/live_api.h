// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"

namespace gatehouse::admin {

inline constexpr std::string_view kLivePath = "/api/v1/events";

/// GET /api/v1/events: records as server-sent events, with the filters of /api/v1/logs. Begins
/// after `Last-Event-ID`, or after the record that the query names as `after`, else now. One call
/// answers what there is (http/polled_streams.h). To be added after /api/v1/logs.
void add_live_route(http::Router& router);

}  // namespace gatehouse::admin
