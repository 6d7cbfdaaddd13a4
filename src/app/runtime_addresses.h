// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/live.h"
#include "catalog/catalog.h"
#include "http/upstream_pool.h"

namespace gatehouse::app {

/// Where each runtime URL of the catalog leads, so that no loop has to ask a resolver.
using RuntimeAddresses = std::map<std::string, http::UpstreamTarget, std::less<>>;

/// Blocks on the resolver. A name that does not resolve keeps its addresses of `before`; without
/// any it leads nowhere, and calls to it fail as unreachable. `tls` is for the https ones.
[[nodiscard]] RuntimeAddresses resolve_runtimes(const catalog::Catalog& catalog,
                                                const RuntimeAddresses& before,
                                                const std::shared_ptr<const tls::ClientTls>& tls);

}  // namespace gatehouse::app
