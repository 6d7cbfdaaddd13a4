// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/additions.h"
#include "config/internal/document.h"
#include "config/internal/problems.h"

namespace gatehouse::config {

/// Puts additions into a document as if the file had them, without a position. The document must
/// outlive it.
class Merger {
  public:
    Merger(Node& document, Problems& problems) : document_(document), problems_(problems) {}

    /// Servers and profiles before what belongs to them.
    void add(const Addition& addition);

    /// "servers/todo" of each that counts, in the order in which they were added.
    [[nodiscard]] std::vector<std::string> take() { return std::move(taken_); }

    /// Names additions as the admin API does, not by their place in a list.
    [[nodiscard]] std::vector<Problem> readable(std::vector<Problem> problems) const;

  private:
    bool add_named(const Addition& addition);
    bool add_item(const Addition& addition);

    Node& document_;
    Problems& problems_;
    std::vector<std::string> taken_;
    std::vector<std::pair<std::string, std::string>> shown_;  // "policies[3]", "policies.name"
};

}  // namespace gatehouse::config
