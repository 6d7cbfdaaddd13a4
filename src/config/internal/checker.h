// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "config/internal/document.h"
#include "config/internal/problems.h"
#include "config/internal/schema.h"

namespace gatehouse::config {

/// Holds a document against the schema: unknown and repeated keys, shapes, missing and malformed
/// values. Expands ${…} on the way. What it reports it also marks `bad`.
class Checker {
  public:
    Checker(const Environment& environment, std::filesystem::path folder, Problems& problems)
        : environment_(environment), folder_(std::move(folder)), problems_(problems) {}

    void check_section(Node& node, const std::string& pattern, const std::string& path);
    /// One key's value, also alone.
    void check_key(Node& node, const Key& key, const std::string& path);

  private:
    void check_repeated(Node& node, const std::string& path);
    void check_unknown(const Node& node, const std::string& pattern, const std::string& path);
    void check_members(Node& node, const std::string& pattern, const std::string& path);
    void check_named_sections(Node& node, const Key& key, const std::string& path);
    void check_items(Node& node, const Key& key, const std::string& path);
    void check_list(Node& node, const Key& key, const std::string& path);
    void check_pairs(Node& node, const Key& key, const std::string& path);
    void check_scalar(Node& node, const Key& key, const std::string& path);
    void check_conditions(Node& node, const std::string& path);
    void check_comparisons(Node& node, const std::string& path);
    void check_compared(Node& node, std::string_view comparison, const std::string& path);
    /// False, and reported, when the node is something else; nothing at all counts as empty.
    [[nodiscard]] bool expect(Node& node, Node::Kind kind, const std::string& path);
    /// Fills in `text`; false, and reported, when that is not possible.
    [[nodiscard]] bool expand_text(Node& node, const std::string& path);
    void reject(Node& node, const std::string& path, std::string message);

    const Environment& environment_;
    std::filesystem::path folder_;
    Problems& problems_;
};

}  // namespace gatehouse::config
