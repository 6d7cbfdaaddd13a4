// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// A JSON number by its decimal digits, so that nothing is rounded away, and as the double that a
/// runtime is likely to make of it.
class JsonNumber {
  public:
    /// Nothing for texts that are no JSON numbers, for those that no double can stand for (1e400)
    /// and for those of more than a thousand characters.
    [[nodiscard]] static std::optional<JsonNumber> parse(std::string_view text);

    /// Nothing when digits and doubles disagree: then nobody can say what the runtime will see.
    [[nodiscard]] std::optional<std::strong_ordering> compare(const JsonNumber& other) const;

  private:
    [[nodiscard]] std::strong_ordering compare_digits(const JsonNumber& other) const;

    bool negative_ = false;
    std::string digits_;      ///< without zeros at either end; empty for zero
    std::int64_t point_ = 0;  ///< the value is 0.digits times ten to this
    double rounded_ = 0;
};

}  // namespace gatehouse
