// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "admin/api.h"

namespace gatehouse::admin {

/// The budgets of the file, each with the counts that are highest now.
[[nodiscard]] Result<std::vector<json::Object>> budget_views(const Dependencies& dependencies);

/// GET /api/v1/budgets/{id}/use: every count of a current window, page by page.
void add_budgets_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
