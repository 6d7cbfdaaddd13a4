// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "admin/api.h"

namespace gatehouse::admin {

/// Those of the file, and those that somebody approved; what the store knows of the former is
/// added.
[[nodiscard]] Result<std::vector<json::Object>> all_clients(const Dependencies& dependencies);

/// What an operator does to clients: PATCH ({"disabled": …}) and DELETE /api/v1/clients/{id}, and
/// /api/v1/blocks for hosts whose clients are kept out.
void add_clients_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
