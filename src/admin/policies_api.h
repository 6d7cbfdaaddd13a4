// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// POST /api/v1/policies/test: what would be decided about a tool call, and why.
void add_policies_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
