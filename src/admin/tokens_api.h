// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// /api/v1/tokens: personal access tokens. POST answers with the token itself, once.
void add_tokens_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
