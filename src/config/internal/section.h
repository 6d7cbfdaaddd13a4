// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "config/internal/document.h"
#include "config/internal/schema.h"

namespace gatehouse::config {

struct Located {
    std::string text;
    Position at;
};

/// Typed reading of one checked section: what is absent or bad has the schema's default. The
/// document must outlive it. Asking for a key that the schema lacks is a bug.
class Section {
  public:
    /// `node` may be null: everything has its default.
    Section(const Node* node, std::string pattern, std::string path, Position at)
        : node_(node), pattern_(std::move(pattern)), path_(std::move(path)), at_(at) {}

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] std::string path_of(std::string_view name) const;

    /// The last part of the path.
    [[nodiscard]] std::string name() const;

    [[nodiscard]] Position at() const { return at_; }

    /// The value's place, or the section's where it is absent.
    [[nodiscard]] Position at(std::string_view name) const;
    /// Written, whether right or wrong.
    [[nodiscard]] bool is_given(std::string_view name) const;
    /// Something in it was reported: do not draw conclusions from it.
    [[nodiscard]] bool is_bad(std::string_view name) const;

    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] Secret secret(std::string_view name) const;
    /// Of a kOneOrList or kList key.
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
    [[nodiscard]] std::vector<Located> located(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] std::uint64_t number(std::string_view name) const;
    [[nodiscard]] std::chrono::milliseconds duration(std::string_view name) const;
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> pairs(
        std::string_view name) const;

    /// The value as parsed, of a kPairs or kConditions key; null when absent or bad.
    [[nodiscard]] const Node* node(std::string_view name) const;

    [[nodiscard]] Section section(std::string_view name) const;
    /// Of a kNamedSections key, in file order.
    [[nodiscard]] std::vector<Section> named(std::string_view name) const;
    /// Of a kItemSections key.
    [[nodiscard]] std::vector<Section> items(std::string_view name) const;

  private:
    [[nodiscard]] const Node* find(std::string_view name) const;
    [[nodiscard]] const Key& key(std::string_view name) const;

    const Node* node_;
    std::string pattern_, path_;
    Position at_;
};

}  // namespace gatehouse::config
