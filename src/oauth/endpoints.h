// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "oauth/services.h"

namespace gatehouse::oauth {

/// Registers the machine-facing OAuth routes: discovery, keys, registration, token, revocation,
/// introspection, and CORS for them. The pages add theirs elsewhere.
void add_oauth_routes(http::Router& router, const OAuthServices& services);

}  // namespace gatehouse::oauth
