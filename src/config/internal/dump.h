// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/internal/document.h"

namespace gatehouse::config {

/// Every key of a checked document with its value or default. Values from outside the file stay as
/// the file has them (`${NAME}`); other secrets are left out.
[[nodiscard]] std::string dump_redacted(const Node& document);

}  // namespace gatehouse::config
