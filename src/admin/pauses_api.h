// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/api.h"

namespace gatehouse::admin {

/// GET, POST /api/v1/pauses and DELETE /api/v1/pauses/{kind:name}. A pause is {kind, name}: a
/// server's name, SERVER/TOOL, a user's id, name or e-mail, or a client's id.
void add_pauses_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
