// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "catalog/catalog.h"

namespace gatehouse::proxy {

/// Sets `out` to a call's arguments as the server's `audit.arguments` lets them be recorded: JSON
/// text, or nothing. `redacted` keeps the shape and masks what its name or its look says is a
/// secret, however it is escaped. `arguments` is one JSON value that the classifier read.
void record_arguments(std::string& out, std::string_view arguments, catalog::Capture capture);

/// An error's text as it may be recorded: short, printable, words that look like secrets masked.
[[nodiscard]] std::string record_error(std::string_view text);

}  // namespace gatehouse::proxy
