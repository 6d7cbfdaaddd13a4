// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::policy {

/// The form in which spellings are equal that a lenient runtime, or a person, could take for each
/// other: composed and compatible characters as one (NFKC), invisible and control characters and
/// blanks at the ends left out. Nothing where that is the text itself, or for invalid UTF-8.
[[nodiscard]] std::optional<std::string> plain_form(std::string_view text);

}  // namespace gatehouse::policy
