// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/json.h"
#include "catalog/catalog.h"

namespace gatehouse::admin {

/// The rules of the file, each with its place in the order in which they are tried: those of every
/// server first.
[[nodiscard]] std::vector<json::Object> policy_views(const catalog::Catalog& catalog);

}  // namespace gatehouse::admin
