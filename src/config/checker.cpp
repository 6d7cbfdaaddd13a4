// SPDX-License-Identifier: Apache-2.0
#include "config/internal/checker.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "config/internal/expand.h"
#include "config/internal/values.h"

namespace gatehouse::config {
namespace {

std::string_view kind_name(const Node& node) {
    switch (node.kind) {
        case Node::Kind::kNull:
            return "nothing";
        case Node::Kind::kScalar:
            return "a single value";
        case Node::Kind::kList:
            return "a list";
        case Node::Kind::kMap:
            return "a mapping";
    }
    return "something else";
}

std::string_view wanted_name(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::kList:
            return "a list";
        case Node::Kind::kMap:
            return "a mapping";
        default:
            return "a single value";
    }
}

bool is_empty(const Node& node) {
    return node.kind == Node::Kind::kNull ||
           (node.kind == Node::Kind::kScalar && !node.quoted && node.text == "false") ||
           (node.kind != Node::Kind::kScalar && node.items.empty() && node.entries.empty());
}

/// Names become parts of URLs, file names and command lines.
bool is_name(std::string_view text) {
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 63 && is_word(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '-' || c == '_'; });
}

/// YAML's plain words only: "true" in quotes is a text.
bool is_quoted_literal(const Node& node, Type type) {
    return node.quoted && !node.expanded && (type == Type::kSwitch || type == Type::kCount);
}

}  // namespace

void Checker::reject(Node& node, const std::string& path, std::string message) {
    node.bad = true;
    problems_.add(node.at, path, in_ticks(path) + ": " + std::move(message));
}

bool Checker::expect(Node& node, Node::Kind kind, const std::string& path) {
    if (node.kind == Node::Kind::kNull) {
        node.kind = kind;
    }
    if (node.kind != kind) {
        reject(node, path,
               "expected " + std::string(wanted_name(kind)) + ", found " +
                   std::string(kind_name(node)));
        return false;
    }
    return true;
}

void Checker::check_section(Node& node, const std::string& pattern, const std::string& path) {
    if (!expect(node, Node::Kind::kMap, path)) {
        return;
    }
    check_repeated(node, path);
    check_unknown(node, pattern, path);
    check_members(node, pattern, path);
}

void Checker::check_repeated(Node& node, const std::string& path) {
    std::map<std::string_view, Position> first;
    for (Entry& entry : node.entries) {
        const auto [known, is_first] = first.emplace(entry.name, entry.at);
        if (!is_first) {
            entry.value.bad = true;
            const std::string full = join_path(path, entry.name);
            problems_.add(entry.at, full,
                          in_ticks(full) + " is written twice, first in line " +
                              std::to_string(known->second.line));
        }
    }
}

void Checker::check_unknown(const Node& node, const std::string& pattern, const std::string& path) {
    const auto known = member_names(pattern);
    for (const Entry& entry : node.entries) {
        if (std::ranges::find(known, entry.name) == known.end()) {
            const std::string place = path.empty() ? "" : " in " + in_ticks(path);
            problems_.add(
                entry.at, join_path(path, entry.name),
                "unknown key " + in_ticks(entry.name) + place + suggestion(entry.name, known));
        }
    }
}

void Checker::check_members(Node& node, const std::string& pattern, const std::string& path) {
    for (const std::string_view name : member_names(pattern)) {
        const Key* key = find_key(join_path(pattern, name));
        const std::string full = join_path(path, name);
        const auto entry = std::ranges::find(node.entries, name, &Entry::name);
        if (entry != node.entries.end()) {
            check_key(entry->value, *key, full);
        } else if (key->need == Need::kRequired) {
            problems_.add(node.at, full, in_ticks(full) + " is missing");
        }
    }
}

void Checker::check_key(Node& node, const Key& key, const std::string& path) {
    switch (key.shape) {
        case Shape::kSection:
            check_section(node, std::string(key.path), path);
            return;
        case Shape::kNamedSections:
            check_named_sections(node, key, path);
            return;
        case Shape::kItemSections:
            check_items(node, key, path);
            return;
        case Shape::kOne:
            check_scalar(node, key, path);
            return;
        case Shape::kOneOrList:
            if (node.kind != Node::Kind::kList) {
                check_scalar(node, key, path);
                return;
            }
            check_list(node, key, path);
            if (node.items.empty()) {
                reject(node, path, "the list is empty");
            }
            return;
        case Shape::kList:
            check_list(node, key, path);
            return;
        case Shape::kPairs:
            check_pairs(node, key, path);
            return;
        case Shape::kConditions:
            check_conditions(node, path);
            return;
        case Shape::kNotBuilt:
            if (!is_empty(node)) {
                reject(node, path, "not available in this version");
            }
            return;
    }
}

void Checker::check_named_sections(Node& node, const Key& key, const std::string& path) {
    if (!expect(node, Node::Kind::kMap, path)) {
        return;
    }
    check_repeated(node, path);
    for (Entry& entry : node.entries) {
        const std::string full = join_path(path, entry.name);
        if (!is_name(entry.name)) {
            entry.value.bad = true;
            problems_.add(
                entry.at, full,
                in_ticks(entry.name) + " is not a name: letters, digits, `-` and `_`, at most 63");
        } else if (!entry.value.bad) {
            check_section(entry.value, join_path(key.path, "*"), full);
        }
    }
}

void Checker::check_items(Node& node, const Key& key, const std::string& path) {
    if (!expect(node, Node::Kind::kList, path)) {
        return;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        check_section(node.items[i], join_path(key.path, "[]"),
                      path + "[" + std::to_string(i) + "]");
    }
}

void Checker::check_list(Node& node, const Key& key, const std::string& path) {
    if (!expect(node, Node::Kind::kList, path)) {
        return;
    }
    for (Node& item : node.items) {
        check_scalar(item, key, path);
    }
}

void Checker::check_pairs(Node& node, const Key& key, const std::string& path) {
    if (!expect(node, Node::Kind::kMap, path)) {
        return;
    }
    check_repeated(node, path);
    for (Entry& entry : node.entries) {
        if (!entry.value.bad) {
            check_scalar(entry.value, key, join_path(path, entry.name));
        }
    }
}

bool Checker::expand_text(Node& node, const std::string& path) {
    if (node.literal) {
        node.text = node.written;
        return true;
    }
    auto text = expand(node.written, folder_, environment_);
    if (!text) {
        reject(node, path, text.error());
        return false;
    }
    node.expanded = *text != node.written;
    node.text = *std::move(text);
    return true;
}

void Checker::check_scalar(Node& node, const Key& key, const std::string& path) {
    if (node.kind != Node::Kind::kScalar) {
        reject(node, path, "expected a single value, found " + std::string(kind_name(node)));
        return;
    }
    if (!expand_text(node, path)) {
        return;
    }
    if (node.literal && key.sensitivity == Sensitivity::kSecret && node.text.contains("${")) {
        reject(node, path,
               "give the secret itself: ${NAME} and ${file:PATH} are for the configuration file");
        return;
    }
    auto expected = complaint(key, node.text);
    if (!expected && is_quoted_literal(node, key.type)) {
        expected = "a value without quotes";
    }
    if (!expected) {
        return;
    }
    std::string message = "expected " + *expected;
    if (key.sensitivity == Sensitivity::kPublic && !node.text.empty()) {
        message += ", found " + in_ticks(node.written);
        if (key.type == Type::kChoice) {
            message += suggestion(node.text, choices_of(key));
        }
    }
    reject(node, path, std::move(message));
}

}  // namespace gatehouse::config
