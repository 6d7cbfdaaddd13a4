// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "grants/connector.h"
#include "oauth/client_store.h"
#include "oauth/signing_keys.h"

/// What the admin API shows of parts it does not know itself.
namespace gatehouse::app {

[[nodiscard]] json::Object view(const grants::GrantSummary& grant);
[[nodiscard]] Result<std::vector<json::Object>> client_views(oauth::ClientStore& clients);
[[nodiscard]] Result<std::vector<json::Object>> grant_views(grants::Connector& connector);
[[nodiscard]] std::vector<json::Object> key_views(const oauth::KeyRing& ring, Timestamp now);

}  // namespace gatehouse::app
