// SPDX-License-Identifier: Apache-2.0
#include "config/additions.h"

#include <algorithm>

#include "config/internal/document.h"
#include "config/internal/merge.h"
#include "config/internal/schema.h"

namespace gatehouse::config {
namespace {

Node to_node(const json::Value& value) {
    Node node{.kind = Node::Kind::kScalar};
    node.literal = true;
    if (value.is_null()) {
        node.kind = Node::Kind::kNull;
    } else if (value.is_string()) {
        node.written = std::string(value.get_string());
        node.quoted = true;
    } else if (value.is_array()) {
        node.kind = Node::Kind::kList;
        for (const json::Value& item : value.get_array()) {
            node.items.push_back(to_node(item));
        }
    } else if (value.is_object()) {
        node.kind = Node::Kind::kMap;
        for (const auto& member : value.get_object()) {
            node.entries.push_back(
                {.name = std::string(member.key()), .at = {}, .value = to_node(member.value())});
        }
    } else {
        node.written = json::dump(value);
    }
    node.text = node.written;
    return node;
}

/// The member of that name, made of `kind` where there is nothing yet. Null when the file has
/// something else there, which is reported of the file.
Node* member(Node& parent, std::string_view name, Node::Kind kind) {
    auto found = std::ranges::find(parent.entries, name, &Entry::name);
    if (found == parent.entries.end()) {
        parent.entries.push_back({.name = std::string(name), .at = {}, .value = {.kind = kind}});
        return &parent.entries.back().value;
    }
    if (found->value.kind == Node::Kind::kNull) {
        found->value.kind = kind;
    }
    return found->value.kind == kind ? &found->value : nullptr;
}

bool has_item_named(const Node& list, std::string_view name) {
    return std::ranges::any_of(list.items, [&](const Node& item) {
        const Node* const own = item.find("name");
        return own != nullptr && own->written == name;
    });
}

}  // namespace

std::string_view section_name(Addition::Kind kind) {
    switch (kind) {
        case Addition::Kind::kServer:
            return "servers";
        case Addition::Kind::kProfile:
            return "profiles";
        case Addition::Kind::kPolicy:
            return "policies";
        case Addition::Kind::kBudget:
            return "budgets";
    }
    return "servers";
}

std::string id_of(const Addition& addition) {
    return addition.server.empty() ? addition.name : addition.server + ":" + addition.name;
}

void Merger::add(const Addition& addition) {
    const bool is_named =
        addition.kind == Addition::Kind::kServer || addition.kind == Addition::Kind::kProfile;
    const bool added = is_named ? add_named(addition) : add_item(addition);
    if (added) {
        taken_.emplace_back(std::string(section_name(addition.kind)) + "/" + id_of(addition));
    }
}

bool Merger::add_named(const Addition& addition) {
    Node* const section = member(document_, section_name(addition.kind), Node::Kind::kMap);
    if (section == nullptr || section->find(addition.name) != nullptr) {
        return false;
    }
    section->entries.push_back(
        {.name = addition.name, .at = {}, .value = to_node(addition.object)});
    return true;
}

bool Merger::add_item(const Addition& addition) {
    const std::string section(section_name(addition.kind));
    const std::string shown = section + "." + id_of(addition);
    Node* owner = &document_;
    std::string path = section;
    if (!addition.server.empty()) {
        Node* const servers = member(document_, "servers", Node::Kind::kMap);
        const auto found = servers == nullptr
                               ? std::vector<Entry>::iterator()
                               : std::ranges::find(servers->entries, addition.server, &Entry::name);
        if (servers == nullptr || found == servers->entries.end()) {
            problems_.add({}, shown + ".server",
                          in_ticks(shown) + ": there is no server " + in_ticks(addition.server));
            return false;
        }
        owner = &found->value;
        path = "servers." + addition.server + "." + section;
    }
    Node* const list = member(*owner, section, Node::Kind::kList);
    if (list == nullptr || has_item_named(*list, addition.name)) {
        return false;
    }
    Node item = to_node(addition.object);
    item.entries.insert(item.entries.begin(),
                        {.name = "name", .at = {}, .value = to_node(json::Value(addition.name))});
    shown_.emplace_back(path + "[" + std::to_string(list->items.size()) + "]", shown);
    list->items.push_back(std::move(item));
    return true;
}

std::vector<Problem> Merger::readable(std::vector<Problem> problems) const {
    for (Problem& problem : problems) {
        if (problem.line != 0) {
            continue;
        }
        problem.file = "admin API";
        for (const auto& [place, shown] : shown_) {
            for (std::string* text : {&problem.path, &problem.message}) {
                for (auto at = text->find(place); at != std::string::npos;
                     at = text->find(place, at + shown.size())) {
                    text->replace(at, place.size(), shown);
                }
            }
        }
    }
    return problems;
}

}  // namespace gatehouse::config
