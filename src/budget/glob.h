// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gatehouse::budget {

/// `*` stands for any characters, `?` for one byte sequence of UTF-8; everything else for itself.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);
[[nodiscard]] bool any_glob_matches(std::span<const std::string> patterns, std::string_view text);

}  // namespace gatehouse::budget
