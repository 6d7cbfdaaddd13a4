// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "catalog/catalog.h"

namespace gatehouse::proxy {

/// A call's arguments as the server's `audit.arguments` lets them be recorded; JSON text, or empty.
/// `redacted` keeps the shape and masks what its name or its look says is a secret.
[[nodiscard]] std::string recordable_arguments(std::string_view arguments,
                                               catalog::Capture capture);

}  // namespace gatehouse::proxy
