// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace gatehouse::policy {

/// Whether a condition holds. What nobody can decide counts against the caller: rules that allow
/// take it for "no", all others for "yes".
enum class Truth : std::uint8_t { kNo, kUnclear, kYes };

[[nodiscard]] constexpr Truth operator&(Truth a, Truth b) {
    return std::min(a, b);
}

[[nodiscard]] constexpr Truth operator|(Truth a, Truth b) {
    return std::max(a, b);
}

[[nodiscard]] constexpr Truth operator!(Truth truth) {
    return truth == Truth::kUnclear ? truth : truth == Truth::kYes ? Truth::kNo : Truth::kYes;
}

[[nodiscard]] constexpr Truth to_truth(bool value) {  // NOLINT: a conversion, not a switch
    return value ? Truth::kYes : Truth::kNo;
}

}  // namespace gatehouse::policy
