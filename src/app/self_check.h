// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/catalog.h"
#include "http/client.h"

namespace gatehouse::app {

/// Fetches the gateway's own metadata through its public URL and warns, with the remedy, when it
/// does not get it back (contract.md §11). Blocks.
void check_public_url(const catalog::Catalog& catalog, http::Client& client);

}  // namespace gatehouse::app
