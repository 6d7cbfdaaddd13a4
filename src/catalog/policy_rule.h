// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::catalog {

enum class PolicyEffect : std::uint8_t { kAllow, kDeny, kRequireScope, kShadowDeny };

/// A scalar of a condition on arguments.
struct ArgumentValue {
    enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString };

    Kind kind = Kind::kNull;
    std::string text;  ///< a string's characters, a number as JSON has it, "true" or "false"
};

/// One comparison of an argument.
struct ArgumentTest {
    enum class Op : std::uint8_t { kEq, kNe, kIn, kGt, kGe, kLt, kLe, kMatches, kExists };

    Op op = Op::kEq;
    std::vector<ArgumentValue> values;  ///< one, except for kIn
};

/// What must hold of the argument at an RFC 6901 pointer: every test.
struct ArgumentCondition {
    std::string pointer;
    std::vector<ArgumentTest> tests;
};

/// The `when` of a rule or a budget: all keys that are there must hold; of a list, any entry.
struct PolicyMatch {
    std::vector<std::string> users, emails, groups, clients, scopes, tools, not_tools, resources,
        prompts, methods;
    std::vector<std::pair<std::string, bool>> annotations;
    std::vector<ArgumentCondition> arguments;
    std::vector<std::string> source_ips;  ///< blocks, "10.0.0.0/8"
    std::vector<std::string> hours;       ///< as WeeklyHours reads them
};

/// What a wider scope stands for: who has the first needs none of the others.
using ScopeIncludes = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct PolicyRule {
    std::string name;
    PolicyEffect effect = PolicyEffect::kDeny;
    std::vector<std::string> scopes;  ///< of kRequireScope: all of them are needed
    std::string message;
    PolicyMatch when;
};

}  // namespace gatehouse::catalog
