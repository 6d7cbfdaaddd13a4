// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_number.h"
#include "catalog/policy_rule.h"
#include "policy/pointer_tree.h"
#include "policy/truth.h"

namespace re2 {
class RE2;
}

namespace gatehouse::policy {

/// The tests of one argument condition, made ready.
class ArgumentTests {
  public:
    explicit ArgumentTests(const std::vector<catalog::ArgumentTest>& tests);
    ~ArgumentTests();
    ArgumentTests(ArgumentTests&&) noexcept;
    ArgumentTests& operator=(ArgumentTests&&) noexcept;
    ArgumentTests(const ArgumentTests&) = delete;
    ArgumentTests& operator=(const ArgumentTests&) = delete;

    /// All of them.
    [[nodiscard]] Truth hold(const Found& found) const;

  private:
    struct Value {
        catalog::ArgumentValue::Kind kind;
        std::string text;
        std::optional<JsonNumber> number;
    };

    struct Test {
        catalog::ArgumentTest::Op op;
        std::vector<Value> values;
        std::unique_ptr<re2::RE2> pattern;  ///< of kMatches
    };

    [[nodiscard]] static Truth holds(const Test& test, const Found& found);
    [[nodiscard]] static Truth equals(const Value& value, const Found& found);
    [[nodiscard]] static Truth compares(const Test& test, const Found& found);
    [[nodiscard]] static Truth matches(const Test& test, const Found& found);

    std::vector<Test> tests_;
};

}  // namespace gatehouse::policy
