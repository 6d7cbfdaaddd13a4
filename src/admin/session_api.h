// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// /api/v1/session: how the console signs in with the admin token or an API key, learns who it is
/// and with which role, and signs out.
void add_session_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
