// SPDX-License-Identifier: Apache-2.0
#include "config/internal/dump.h"

#include <algorithm>
#include <string_view>

#include "base/json.h"
#include "base/strings.h"
#include "config/internal/schema.h"
#include "config/internal/store_url.h"

namespace gatehouse::config {
namespace {

constexpr std::string_view kHidden = "(hidden)";

std::string scalar(std::string_view text) {
    const bool is_plain = !text.empty() && text != "null" &&
                          std::ranges::all_of(text,
                                              [](char c) {
                                                  return (c >= 'a' && c <= 'z') ||
                                                         (c >= 'A' && c <= 'Z') ||
                                                         (c >= '0' && c <= '9') ||
                                                         std::string_view("._/-:").contains(c);
                                              }) &&
                          !text.starts_with('-') && !text.ends_with(':');
    return is_plain ? std::string(text) : json::dump(json::Value(text));
}

std::string shown(const Node& node, const Key& key) {
    if (key.path == "store") {
        return scalar(without_password(node.expanded ? node.written : node.text));
    }
    if (node.expanded) {
        return scalar(node.written);
    }
    return scalar(key.sensitivity == Sensitivity::kSecret ? kHidden : std::string_view(node.text));
}

/// Quotes are kept: they tell a text from a number.
std::string comparisons(const Node& node) {
    std::string text;
    switch (node.kind) {
        case Node::Kind::kNull:
            return "null";
        case Node::Kind::kScalar:
            return node.quoted ? json::dump(json::Value(node.written)) : scalar(node.written);
        case Node::Kind::kList:
            for (const Node& item : node.items) {
                text += (text.empty() ? "" : ", ") + comparisons(item);
            }
            return "[" + text + "]";
        case Node::Kind::kMap:
            for (const Entry& entry : node.entries) {
                text += (text.empty() ? "" : ", ") + scalar(entry.name) + ": " +
                        comparisons(entry.value);
            }
            return "{" + text + "}";
    }
    return text;
}

/// One value, list or mapping of values on one line.
std::string inline_value(const Node& node, const Key& key) {
    std::string text;
    if (key.shape == Shape::kConditions) {
        return comparisons(node);
    }
    if (key.shape == Shape::kPairs) {
        for (const Entry& entry : node.entries) {
            text +=
                (text.empty() ? "" : ", ") + scalar(entry.name) + ": " + shown(entry.value, key);
        }
        return "{" + text + "}";
    }
    if (node.kind == Node::Kind::kScalar) {
        return shown(node, key);
    }
    for (const Node& item : node.items) {
        text += (text.empty() ? "" : ", ") + shown(item, key);
    }
    return "[" + text + "]";
}

std::string default_value(const Key& key) {
    if (key.shape == Shape::kList) {
        std::string text;
        for (const std::string_view item : split(key.fallback, ',')) {
            if (const auto word = trim(item); !word.empty()) {
                text += (text.empty() ? "" : ", ") + scalar(word);
            }
        }
        return "[" + text + "]";
    }
    return key.shape == Shape::kPairs ? "{}" : scalar(key.fallback);
}

bool has_required_member(std::string_view section) {
    return std::ranges::any_of(member_names(section), [&](std::string_view name) {
        return find_key(join_path(section, name))->need == Need::kRequired;
    });
}

void dump_section(const Node* node, std::string_view pattern, std::size_t indent, std::string& out);

void dump_key(const Node* value,
              const Key& key,
              std::string_view name,
              std::size_t indent,
              std::string& out) {
    const std::string margin(indent, ' ');
    const bool is_section = key.shape == Shape::kSection;
    const bool is_collection =
        key.shape == Shape::kNamedSections || key.shape == Shape::kItemSections;
    if (key.shape == Shape::kNotBuilt || name == "*") {
        return;
    }
    if (is_section && value == nullptr && has_required_member(key.path)) {
        return;  // it has no defaults to show
    }
    if (is_section) {
        std::string members;
        dump_section(value, key.path, indent + 2, members);
        // Some sections do something by being there: one that is not written is not shown empty.
        if (value != nullptr || !members.empty()) {
            out += margin + std::string(name) + ":" + (members.empty() ? " {}\n" : "\n") + members;
        }
        return;
    }
    if (is_collection && value != nullptr) {
        out += margin + std::string(name) + ":\n";
        for (const Entry& entry : value->entries) {
            out += margin + "  " + scalar(entry.name) + ":\n";
            dump_section(&entry.value, join_path(key.path, "*"), indent + 4, out);
        }
        for (const Node& item : value->items) {
            std::string text;
            dump_section(&item, join_path(key.path, "[]"), indent + 4, text);
            text.replace(indent + 2, 1, "-");
            out += text;
        }
    } else if (value != nullptr) {
        out += margin + std::string(name) + ": " + inline_value(*value, key) + "\n";
    } else if (!is_collection && key.fallback_words.empty() &&
               (!key.fallback.empty() || key.shape == Shape::kList)) {
        out += margin + std::string(name) + ": " + default_value(key) + "\n";
    }
}

void dump_section(const Node* node,
                  std::string_view pattern,
                  std::size_t indent,
                  std::string& out) {
    const std::size_t start = out.size();
    for (const std::string_view name : member_names(pattern)) {
        const Key* key = find_key(join_path(pattern, name));
        dump_key(node == nullptr ? nullptr : node->find(name), *key, name, indent, out);
    }
    if (out.size() == start && !out.empty()) {
        out.insert(out.size() - 1, " {}");
    }
}

}  // namespace

std::string dump_redacted(const Node& document) {
    std::string out;
    dump_section(&document, "", 0, out);
    return out;
}

}  // namespace gatehouse::config
