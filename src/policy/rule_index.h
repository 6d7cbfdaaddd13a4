// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/glob.h"

namespace gatehouse::policy {

/// A set of rules, by number.
class RuleBits {
  public:
    RuleBits() = default;

    explicit RuleBits(std::size_t rules) : words_((rules + 63) / 64) {}

    void add(std::size_t rule) { words_[rule / 64] |= std::uint64_t{1} << (rule % 64); }

    [[nodiscard]] bool has(std::size_t rule) const {
        return (words_[rule / 64] >> (rule % 64) & 1U) != 0;
    }

    [[nodiscard]] bool any() const;
    void fill(std::size_t rules);

    RuleBits& operator|=(const RuleBits& other);
    RuleBits& operator&=(const RuleBits& other);
    /// Takes out what `other` has.
    RuleBits& operator-=(const RuleBits& other);

    [[nodiscard]] const std::vector<std::uint64_t>& words() const { return words_; }

  private:
    std::vector<std::uint64_t> words_;
};

/// One list key of all rules: which rules have a value on their list. Names are looked up at once,
/// only globs are tried one by one, each once for all rules that have it.
class RuleIndex {
  public:
    explicit RuleIndex(std::size_t rules) : with_key_(rules), none_(rules) {}

    /// A rule without patterns does not have the key.
    void add(std::size_t rule, const std::vector<std::string>& patterns);

    /// Adds to `out` the rules whose list has `value`.
    void collect(std::string_view value, RuleBits& out) const;

    /// The rules that have the key at all.
    [[nodiscard]] const RuleBits& with_key() const { return with_key_; }

  private:
    struct Hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    struct Pattern {
        std::string text;
        Glob glob;
        RuleBits rules;
    };

    RuleBits with_key_, none_;
    std::unordered_map<std::string, RuleBits, Hash, std::equal_to<>> names_;
    std::vector<Pattern> globs_;
    std::unordered_map<std::string, std::size_t> glob_places_;
};

/// A RuleIndex for names that runtimes look up, which some of them do less strictly than byte by
/// byte.
class NameIndex {
  public:
    explicit NameIndex(std::size_t rules) : exact_(rules), alike_(rules) {}

    void add(std::size_t rule, const std::vector<std::string>& patterns);

    /// As RuleIndex does.
    void collect(std::string_view value, RuleBits& out) const { exact_.collect(value, out); }

    /// Adds the rules whose list has a name of the same plain form (policy/plain_form.h); maybe
    /// nothing where `value` and all names are plain, because `collect` finds the same.
    void collect_alike(std::string_view value, RuleBits& out) const;

    [[nodiscard]] const RuleBits& with_key() const { return exact_.with_key(); }

  private:
    RuleIndex exact_;
    RuleIndex alike_;       ///< the plain forms
    bool is_plain_ = true;  ///< both are the same
};

}  // namespace gatehouse::policy
