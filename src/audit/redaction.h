// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// What stands in recorded arguments where something was taken out.
namespace gatehouse::audit {

/// A string in the place of a value.
inline constexpr std::string_view kRedacted = "[redacted]";
/// The only member of arguments that are too large to keep; its value is their size.
inline constexpr std::string_view kLeftOut = "gatehouse/left_out_bytes";

}  // namespace gatehouse::audit
