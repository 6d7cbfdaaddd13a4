// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "http/message.h"

namespace gatehouse::admin {

/// An application/problem+json answer (RFC 9457).
[[nodiscard]] http::Response problem(int status,
                                     std::string_view title,
                                     std::string_view detail = {},
                                     const json::Object& more = {});

/// The answer to a failed operation; internal detail stays in the log.
[[nodiscard]] http::Response problem(const Error& error);

}  // namespace gatehouse::admin
