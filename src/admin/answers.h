// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/json.h"
#include "http/message.h"

namespace gatehouse::admin {

/// One object as JSON, never cached, with an ETag that changes whenever the object does.
[[nodiscard]] http::Response object_response(int status, const json::Object& object);

/// The same with an ETag that changes whenever `version` does.
[[nodiscard]] http::Response object_response(int status,
                                             const json::Object& object,
                                             const json::Object& version);

/// What stands for the state of a thing that changes less often than what is shown of it.
[[nodiscard]] json::Object version_of(const json::Object& object);

/// 412 when the request carries an If-Match that does not name the object as it stands now.
[[nodiscard]] std::optional<http::Response> stale(const http::Request& request,
                                                  const json::Object& object);

}  // namespace gatehouse::admin
