// SPDX-License-Identifier: Apache-2.0
#include "policy/rule_index.h"

#include <algorithm>

#include "policy/plain_form.h"

namespace gatehouse::policy {

bool RuleBits::any() const {
    return std::ranges::any_of(words_, [](std::uint64_t word) { return word != 0; });
}

void RuleBits::fill(std::size_t rules) {
    words_.assign((rules + 63) / 64, ~std::uint64_t{0});
    if (rules % 64 != 0) {
        words_.back() = (std::uint64_t{1} << (rules % 64)) - 1;
    }
}

RuleBits& RuleBits::operator|=(const RuleBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
        words_[i] |= other.words_[i];
    }
    return *this;
}

RuleBits& RuleBits::operator&=(const RuleBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
        words_[i] &= other.words_[i];
    }
    return *this;
}

RuleBits& RuleBits::operator-=(const RuleBits& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
        words_[i] &= ~other.words_[i];
    }
    return *this;
}

void RuleIndex::add(std::size_t rule, const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
        with_key_.add(rule);
        if (!Glob::is_glob(pattern)) {
            names_.try_emplace(pattern, none_).first->second.add(rule);
            continue;
        }
        const auto [place, is_new] = glob_places_.try_emplace(pattern, globs_.size());
        if (is_new) {
            globs_.push_back({.text = pattern, .glob = Glob(pattern), .rules = none_});
        }
        globs_[place->second].rules.add(rule);
    }
}

void RuleIndex::collect(std::string_view value, RuleBits& out) const {
    if (const auto it = names_.find(value); it != names_.end()) {
        out |= it->second;
    }
    for (const Pattern& pattern : globs_) {
        if (pattern.glob.matches(value)) {
            out |= pattern.rules;
        }
    }
}

void NameIndex::add(std::size_t rule, const std::vector<std::string>& patterns) {
    exact_.add(rule, patterns);
    std::vector<std::string> forms;
    for (const std::string& pattern : patterns) {
        auto form = plain_form(pattern);
        is_plain_ = is_plain_ && !form;
        forms.push_back(form ? *std::move(form) : pattern);
    }
    alike_.add(rule, forms);
}

void NameIndex::collect_alike(std::string_view value, RuleBits& out) const {
    const auto form = plain_form(value);
    if (form || !is_plain_) {
        alike_.collect(form ? std::string_view(*form) : value, out);
    }
}

}  // namespace gatehouse::policy
