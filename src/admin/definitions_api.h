// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "admin/api.h"
#include "admin/listing.h"

namespace gatehouse::admin {

/// What `load` lists from the catalog, with what the API made shown as such: `origin` "api", when
/// it was made and changed, and as `defined` what was given, secrets as fingerprints. `list` is
/// "servers", "profiles", "policies" or "budgets"; any other comes back as it is.
[[nodiscard]] Load with_definitions(const Dependencies& dependencies,
                                    const std::string& list,
                                    Load load);

/// POST /api/v1/LIST, PATCH and DELETE /api/v1/LIST/{id}; each takes `?dry_run=true`. False, and
/// nothing is added, where the API cannot make such a thing.
[[nodiscard]] bool add_definition_changes(http::Router& router,
                                          const Dependencies& dependencies,
                                          const std::string& list,
                                          const Load& shown);

/// GET /api/v1/export: what the API made, as YAML for the file.
void add_export_route(http::Router& router, const Dependencies& dependencies);

}  // namespace gatehouse::admin
