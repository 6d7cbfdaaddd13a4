// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/codec.h"
#include "base/json.h"

namespace gatehouse::admin {

/// What became of a recorded call, and what would under other rules.
struct Outcome {
    std::string effect, rule;
};

struct ReplayedCall {
    const audit::IntentEntry& call;
    std::string user_name;
    Outcome was, would;
    bool is_undecidable = false;
};

/// Counts by rule, server, user and tool, with examples.
class ReplayTally {
  public:
    void add(const ReplayedCall& call);

    [[nodiscard]] json::Object view() const;

  private:
    struct Counts {
        std::int64_t calls = 0, changed = 0, undecidable = 0;

        void add(const Counts& more);
        void put_into(json::Object& view) const;
    };

    struct Line {
        std::string effect;
        Counts counts;
        std::map<std::string, Counts> users, tools;
        std::map<std::string, std::string> names;  ///< of users
        std::map<std::pair<std::string, std::string>, std::int64_t> changes;
        std::vector<json::Object> examples;
    };

    Counts all_;
    std::map<std::pair<std::string, std::string>, Line> lines_;  ///< by server and rule
};

/// What the caller gets: shadow_deny only records.
[[nodiscard]] std::string_view seen_effect(std::string_view effect);

}  // namespace gatehouse::admin
