// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "http/message.h"

/// CORS of the endpoints that any web page may talk to, because they know no cookies (B13 to B15).
/// Never to be used on pages.
namespace gatehouse::oauth {

[[nodiscard]] http::Response open_to_all_origins(http::Response response);
/// The answer to OPTIONS. `methods` as they go into Access-Control-Allow-Methods.
[[nodiscard]] http::Response preflight_response(const http::Request& request,
                                                std::string_view methods);

}  // namespace gatehouse::oauth
