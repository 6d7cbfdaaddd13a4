// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gatehouse {

/// Bytes that must never reach a log, a metric, a page or an error: no stream operator, no fmt
/// formatter, no `==`. The memory is wiped when the value dies.
class Secret {
  public:
    Secret() = default;

    explicit Secret(std::string value) : value_(std::move(value)) {}

    Secret(const Secret&) = default;

    Secret& operator=(const Secret& other) {
        if (this != &other) {
            wipe();
            value_ = other.value_;
        }
        return *this;
    }

    Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }

    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe();
            value_ = other.value_;
            other.wipe();
        }
        return *this;
    }

    ~Secret() { wipe(); }

    [[nodiscard]] bool empty() const { return value_.empty(); }

    /// The bytes themselves. Every call site is a place to review.
    [[nodiscard]] std::string_view reveal() const { return value_; }

    /// Compares without leaking, through time, where the first difference is.
    [[nodiscard]] bool matches(std::string_view candidate) const;

  private:
    void wipe();

    std::string value_;
};

}  // namespace gatehouse
