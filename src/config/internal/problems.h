// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/internal/document.h"

namespace gatehouse::config {

/// Collects what is wrong with one file.
class Problems {
  public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    void add(Position at, std::string path, std::string message);

    [[nodiscard]] bool empty() const { return problems_.empty(); }

    /// In the order of the file.
    [[nodiscard]] std::vector<Problem> take();

  private:
    std::string file_;
    std::vector<Problem> problems_;
};

/// "; did you mean `x`?", or nothing when no candidate is near.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& candidates);
/// "`text`", cut and without control characters.
[[nodiscard]] std::string in_ticks(std::string_view text);

}  // namespace gatehouse::config
