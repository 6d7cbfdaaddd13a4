// SPDX-License-Identifier: Apache-2.0
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/json_number.h"
#include "base/strings.h"
#include "config/internal/checker.h"

/// Shape::kConditions: JSON pointers with comparisons.
namespace gatehouse::config {
namespace {

constexpr std::array<std::string_view, 9> kComparisons{"eq", "ne", "in",      "gt",    "ge",
                                                       "lt", "le", "matches", "exists"};

bool is_pointer(std::string_view text) {
    if (!text.starts_with('/') || !is_valid_utf8(text)) {
        return false;
    }
    for (std::size_t at = 0; (at = text.find('~', at)) != std::string_view::npos; ++at) {
        if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) {
            return false;
        }
    }
    return true;
}

bool compares_size(std::string_view comparison) {
    return comparison == "gt" || comparison == "ge" || comparison == "lt" || comparison == "le";
}

/// What the value should have been.
std::string complaint_of(std::string_view comparison, const Node& value) {
    if (compares_size(comparison) &&
        ((value.quoted && !value.expanded) || !JsonNumber::parse(value.text))) {
        return "expected a number";
    }
    if (comparison == "exists" &&
        (value.quoted || (value.text != "true" && value.text != "false"))) {
        return "expected true or false";
    }
    if (comparison == "matches") {
        const re2::RE2 pattern(value.text, re2::RE2::Quiet);
        return pattern.ok() ? "" : "not an RE2 expression: " + pattern.error();
    }
    return "";
}

}  // namespace

void Checker::check_conditions(Node& node, const std::string& path) {
    if (!expect(node, Node::Kind::kMap, path)) {
        return;
    }
    if (node.entries.empty()) {
        reject(node, path, "the mapping is empty");
        return;
    }
    check_repeated(node, path);
    for (Entry& entry : node.entries) {
        const std::string full = join_path(path, entry.name);
        if (!is_pointer(entry.name)) {
            entry.value.bad = true;
            problems_.add(entry.at, full,
                          in_ticks(path) + ": expected a JSON pointer such as `/amount`, found " +
                              in_ticks(entry.name));
        } else if (!entry.value.bad) {
            check_comparisons(entry.value, full);
        }
    }
}

void Checker::check_comparisons(Node& node, const std::string& path) {
    if (!expect(node, Node::Kind::kMap, path)) {
        return;
    }
    if (node.entries.empty()) {
        reject(node, path, "expected a comparison such as `{gt: 1000}`");
        return;
    }
    check_repeated(node, path);
    for (Entry& entry : node.entries) {
        const std::string full = join_path(path, entry.name);
        if (std::ranges::find(kComparisons, entry.name) == kComparisons.end()) {
            entry.value.bad = true;
            problems_.add(entry.at, full,
                          "unknown comparison " + in_ticks(entry.name) + " in " + in_ticks(path) +
                              suggestion(entry.name, {kComparisons.begin(), kComparisons.end()}));
        } else if (entry.value.bad) {
            continue;
        } else if (entry.name != "in") {
            check_compared(entry.value, entry.name, full);
        } else if (entry.value.kind != Node::Kind::kList || entry.value.items.empty()) {
            reject(entry.value, full, "expected a list with something in it");
        } else {
            for (Node& item : entry.value.items) {
                check_compared(item, entry.name, full);
            }
        }
    }
}

void Checker::check_compared(Node& node, std::string_view comparison, const std::string& path) {
    const bool may_be_null = comparison == "eq" || comparison == "ne" || comparison == "in";
    if (node.kind == Node::Kind::kNull && may_be_null) {
        return;
    }
    if (node.kind != Node::Kind::kScalar) {
        reject(node, path, "expected a single value");
        return;
    }
    if (!expand_text(node, path)) {
        return;
    }
    if (auto complaint = complaint_of(comparison, node); !complaint.empty()) {
        reject(node, path, std::move(complaint) + ", found " + in_ticks(node.written));
    }
}

}  // namespace gatehouse::config
