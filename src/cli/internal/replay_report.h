// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace gatehouse::cli {

/// The answers of `POST /api/v1/policies/replay` for one batch after the other, added up. What it
/// keeps depends on the number of rules, not of calls.
class ReplayReport {
  public:
    void add(const json::Object& batch);

    [[nodiscard]] std::int64_t calls() const { return counts_.calls; }

    /// {"calls", "changed", "undecidable", "by_rule": […]}, most changes first.
    [[nodiscard]] json::Object view() const;
    /// As a table, with an example below each rule that changes something.
    [[nodiscard]] std::string text() const;

  private:
    struct Counts {
        std::int64_t calls = 0, changed = 0, undecidable = 0;

        void add(const json::Object& from);
        void put_into(json::Object& view) const;
    };

    /// One person or tool of a rule.
    struct Part {
        json::Object names;
        Counts counts;
    };

    struct Line {
        std::string effect;
        Counts counts;
        std::map<std::string, Part> users, tools;
        std::map<std::pair<std::string, std::string>, std::int64_t> changes;
        json::Array examples;
    };

    using Key = std::pair<std::string, std::string>;  ///< server and rule

    void add_line(const json::Object& given);
    static void add_parts(const json::Object& given,
                          std::string_view list,
                          std::string_view name,
                          std::map<std::string, Part>& parts);
    [[nodiscard]] static json::Array sorted(const std::map<std::string, Part>& parts);
    [[nodiscard]] static json::Object view_of(const Key& key, const Line& line);

    Counts counts_;
    std::int64_t skipped_ = 0;
    std::map<Key, Line> lines_;
};

}  // namespace gatehouse::cli
