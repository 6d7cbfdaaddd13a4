// SPDX-License-Identifier: Apache-2.0
#include "policy/argument_tests.h"

#include <re2/re2.h>

namespace gatehouse::policy {
namespace {

using Kind = Found::Kind;
using ValueKind = catalog::ArgumentValue::Kind;
using Op = catalog::ArgumentTest::Op;

bool is_nothing(const Found& found) {
    return found.kind == Kind::kAbsent || found.kind == Kind::kNull;
}

bool same_kind(ValueKind wanted, Kind found) {
    switch (wanted) {
        case ValueKind::kNull:
            return found == Kind::kNull;
        case ValueKind::kBool:
            return found == Kind::kBool;
        case ValueKind::kNumber:
            return found == Kind::kNumber;
        case ValueKind::kString:
            return found == Kind::kString;
    }
    return false;
}

}  // namespace

ArgumentTests::ArgumentTests(const std::vector<catalog::ArgumentTest>& tests) {
    for (const catalog::ArgumentTest& given : tests) {
        Test test{.op = given.op};
        for (const catalog::ArgumentValue& value : given.values) {
            test.values.push_back({.kind = value.kind,
                                   .text = value.text,
                                   .number = value.kind == ValueKind::kNumber
                                                 ? JsonNumber::parse(value.text)
                                                 : std::nullopt});
        }
        if (given.op == Op::kMatches && !given.values.empty()) {
            test.pattern = std::make_unique<re2::RE2>(given.values.front().text, re2::RE2::Quiet);
        }
        tests_.push_back(std::move(test));
    }
}

ArgumentTests::~ArgumentTests() = default;
ArgumentTests::ArgumentTests(ArgumentTests&&) noexcept = default;
ArgumentTests& ArgumentTests::operator=(ArgumentTests&&) noexcept = default;

Truth ArgumentTests::hold(const Found& found) const {
    Truth all = Truth::kYes;
    for (const Test& test : tests_) {
        all = all & holds(test, found);
    }
    return all;
}

Truth ArgumentTests::holds(const Test& test, const Found& found) {
    if (found.kind == Kind::kUnclear || test.values.empty()) {
        return Truth::kUnclear;
    }
    switch (test.op) {
        case Op::kExists:
            return to_truth((found.kind != Kind::kAbsent) == (test.values.front().text == "true"));
        case Op::kNe:
            // What the runtime puts in its place is not known.
            return found.kind == Kind::kAbsent ? Truth::kUnclear
                                               : !equals(test.values.front(), found);
        case Op::kEq:
        case Op::kIn: {
            Truth any = Truth::kNo;
            for (const Value& value : test.values) {
                any = any | equals(value, found);
            }
            return any;
        }
        case Op::kMatches:
            return matches(test, found);
        default:
            return compares(test, found);
    }
}

Truth ArgumentTests::equals(const Value& value, const Found& found) {
    if (found.kind == Kind::kAbsent) {
        return Truth::kNo;
    }
    if (!same_kind(value.kind, found.kind)) {
        // Runtimes turn "5" into 5 and the like; none turns something into null.
        return value.kind == ValueKind::kNull || found.kind == Kind::kNull ? Truth::kNo
                                                                           : Truth::kUnclear;
    }
    if (value.kind == ValueKind::kNull) {
        return Truth::kYes;
    }
    if (value.kind != ValueKind::kNumber) {
        return to_truth(value.text == found.text);
    }
    const auto number = JsonNumber::parse(found.text);
    const auto order = number && value.number ? number->compare(*value.number) : std::nullopt;
    return order ? to_truth(*order == 0) : Truth::kUnclear;
}

Truth ArgumentTests::compares(const Test& test, const Found& found) {
    if (is_nothing(found)) {
        return Truth::kNo;
    }
    const auto number = found.kind == Kind::kNumber ? JsonNumber::parse(found.text) : std::nullopt;
    const auto& limit = test.values.front().number;
    const auto order = number && limit ? number->compare(*limit) : std::nullopt;
    if (!order) {
        return Truth::kUnclear;
    }
    switch (test.op) {
        case Op::kGt:
            return to_truth(*order > 0);
        case Op::kGe:
            return to_truth(*order >= 0);
        case Op::kLt:
            return to_truth(*order < 0);
        case Op::kLe:
            return to_truth(*order <= 0);
        default:
            return Truth::kUnclear;
    }
}

Truth ArgumentTests::matches(const Test& test, const Found& found) {
    if (is_nothing(found)) {
        return Truth::kNo;
    }
    if (found.kind != Kind::kString || !test.pattern->ok()) {
        return Truth::kUnclear;
    }
    return to_truth(re2::RE2::PartialMatch(found.text, *test.pattern));
}

}  // namespace gatehouse::policy
