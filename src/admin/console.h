// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/guard.h"
#include "http/router.h"

namespace gatehouse::admin {

/// The console's own files, which may be had without a credential: they hold nothing but the
/// program. `guard` must outlive the router.
void add_console_routes(http::Router& router, const Guard& guard);

}  // namespace gatehouse::admin
