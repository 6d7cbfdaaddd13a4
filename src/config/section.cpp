// SPDX-License-Identifier: Apache-2.0
#include "config/internal/section.h"

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"
#include "config/internal/values.h"

namespace gatehouse::config {
namespace {

bool has_bad_part(const Node& node) {
    return node.bad || std::ranges::any_of(node.items, has_bad_part) ||
           std::ranges::any_of(node.entries,
                               [](const Entry& entry) { return has_bad_part(entry.value); });
}

}  // namespace

const Key& Section::key(std::string_view name) const {
    const Key* key = find_key(join_path(pattern_, name));
    GATEHOUSE_ASSERT(key != nullptr);
    return *key;
}

const Node* Section::find(std::string_view name) const {
    const Node* node = node_ == nullptr ? nullptr : node_->find(name);
    return node == nullptr || node->bad ? nullptr : node;
}

std::string Section::path_of(std::string_view name) const {
    return join_path(path_, name);
}

std::string Section::name() const {
    return path_.substr(path_.rfind('.') + 1);
}

Position Section::at(std::string_view name) const {
    const Node* node = node_ == nullptr ? nullptr : node_->find(name);
    return node == nullptr ? at_ : node->at;
}

bool Section::is_given(std::string_view name) const {
    return node_ != nullptr && node_->find(name) != nullptr;
}

bool Section::is_bad(std::string_view name) const {
    const Node* node = node_ == nullptr ? nullptr : node_->find(name);
    return node != nullptr && has_bad_part(*node);
}

std::string Section::text(std::string_view name) const {
    const Key& known = key(name);
    const Node* node = find(name);
    return node == nullptr ? std::string(known.fallback) : node->text;
}

Secret Section::secret(std::string_view name) const {
    return Secret(text(name));
}

std::vector<Located> Section::located(std::string_view name) const {
    std::vector<Located> values;
    const Key& known = key(name);
    const Node* node = find(name);
    if (node == nullptr) {
        for (std::string_view item : split(known.fallback, ',')) {
            if (item = trim(item); !item.empty()) {
                values.push_back({.text = std::string(item), .at = at_});
            }
        }
        return values;
    }
    if (node->kind == Node::Kind::kScalar) {
        return {{.text = node->text, .at = node->at}};
    }
    for (const Node& item : node->items) {
        if (!item.bad) {
            values.push_back({.text = item.text, .at = item.at});
        }
    }
    return values;
}

std::vector<std::string> Section::texts(std::string_view name) const {
    std::vector<std::string> values;
    for (Located& value : located(name)) {
        values.push_back(std::move(value.text));
    }
    return values;
}

bool Section::flag(std::string_view name) const {
    return text(name) == "true";
}

std::uint64_t Section::number(std::string_view name) const {
    return number_of(key(name).type, text(name)).value_or(0);
}

std::chrono::milliseconds Section::duration(std::string_view name) const {
    return std::chrono::milliseconds{number(name)};
}

std::vector<std::pair<std::string, std::string>> Section::pairs(std::string_view name) const {
    std::vector<std::pair<std::string, std::string>> values;
    GATEHOUSE_ASSERT(key(name).shape == Shape::kPairs);
    if (const Node* node = find(name)) {
        for (const Entry& entry : node->entries) {
            if (!entry.value.bad) {
                values.emplace_back(entry.name, entry.value.text);
            }
        }
    }
    return values;
}

const Node* Section::node(std::string_view name) const {
    return is_bad(name) ? nullptr : find(name);
}

Section Section::section(std::string_view name) const {
    GATEHOUSE_ASSERT(key(name).shape == Shape::kSection);
    return {find(name), join_path(pattern_, name), path_of(name), at(name)};
}

std::vector<Section> Section::named(std::string_view name) const {
    std::vector<Section> sections;
    GATEHOUSE_ASSERT(key(name).shape == Shape::kNamedSections);
    if (const Node* node = find(name)) {
        const std::string pattern = join_path(join_path(pattern_, name), "*");
        for (const Entry& entry : node->entries) {
            if (!entry.value.bad) {
                sections.emplace_back(&entry.value, pattern, join_path(path_of(name), entry.name),
                                      entry.at);
            }
        }
    }
    return sections;
}

std::vector<Section> Section::items(std::string_view name) const {
    std::vector<Section> sections;
    GATEHOUSE_ASSERT(key(name).shape == Shape::kItemSections);
    if (const Node* node = find(name)) {
        const std::string pattern = join_path(join_path(pattern_, name), "[]");
        for (std::size_t i = 0; i < node->items.size(); ++i) {
            if (!node->items[i].bad) {
                sections.emplace_back(&node->items[i], pattern,
                                      path_of(name) + "[" + std::to_string(i) + "]",
                                      node->items[i].at);
            }
        }
    }
    return sections;
}

}  // namespace gatehouse::config
