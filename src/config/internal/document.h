// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::config {

/// Line and column from 1.
struct Position {
    std::size_t line = 0, column = 0;
};

struct Entry;

/// One YAML value with the place where it stands. Aliases are resolved to copies.
struct Node {
    enum class Kind { kNull, kScalar, kList, kMap };

    Kind kind = Kind::kNull;
    Position at;
    std::string written;  ///< a scalar as the file has it; safe to show unless the key is secret
    std::string text;     ///< a scalar with ${…} expanded
    bool quoted = false;
    bool expanded = false;  ///< `text` came from outside the file
    bool literal = false;   ///< made through the API: ${…} is two characters like any others
    bool bad = false;       ///< already reported: readers take the default
    std::vector<Node> items;
    std::vector<Entry> entries;  ///< in file order, duplicates included

    /// The first entry of that name, or null.
    [[nodiscard]] const Node* find(std::string_view name) const;
};

struct Entry {
    std::string name;
    Position at;
    Node value;
};

struct SyntaxError {
    Position at;
    std::string message;
};

/// One YAML document of at most 4 MiB, 50'000 nodes and depth 40; an empty text is an empty map.
[[nodiscard]] std::expected<Node, SyntaxError> parse_document(std::string_view text);

}  // namespace gatehouse::config
