// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/result.h"
#include "grants/downstream_client_store.h"
#include "grants/grant_store.h"
#include "grants/vault.h"

namespace gatehouse::grants {

/// Seals again under the first master key whatever is still under a later one of the list, so that
/// the later one can go. What no key opens stays as it is. Returns how much was sealed anew.
[[nodiscard]] Result<std::size_t> reseal(GrantStore& grants,
                                         DownstreamClientStore& clients,
                                         const Vault& vault);

}  // namespace gatehouse::grants
