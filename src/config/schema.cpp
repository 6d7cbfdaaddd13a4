// SPDX-License-Identifier: Apache-2.0
#include "config/internal/schema.h"

#include <unordered_map>

namespace gatehouse::config {

std::span<const Key> schema() {
    static const std::vector<Key> all = [] {
        std::vector<Key> keys;
        for (const auto part : {process_keys(), audit_keys(), profile_keys(), server_keys()}) {
            for (const Key& key : part) {
                keys.push_back(key);
                if (key.path == "policies" || key.path == "servers.*.policies") {
                    const auto rule_keys = policy_keys(key.path);
                    keys.insert(keys.end(), rule_keys.begin(), rule_keys.end());
                }
                const auto members = budget_keys(key.path);
                keys.insert(keys.end(), members.begin(), members.end());
            }
        }
        return keys;
    }();
    return all;
}

const Key* find_key(std::string_view path) {
    static const auto places = [] {
        std::unordered_map<std::string_view, const Key*> known;
        for (const Key& key : schema()) {
            known.emplace(key.path, &key);
        }
        return known;
    }();
    const auto it = places.find(path);
    return it == places.end() ? nullptr : it->second;
}

std::vector<std::string_view> member_names(std::string_view section) {
    std::vector<std::string_view> names;
    for (const Key& key : schema()) {
        std::string_view path = key.path;
        if (!section.empty()) {
            if (!path.starts_with(section) || path.size() <= section.size() + 1 ||
                path[section.size()] != '.') {
                continue;
            }
            path.remove_prefix(section.size() + 1);
        }
        if (!path.contains('.')) {
            names.push_back(path);
        }
    }
    return names;
}

std::string join_path(std::string_view parent, std::string_view name) {
    std::string path(parent);
    if (!path.empty()) {
        path += '.';
    }
    path += name;
    return path;
}

}  // namespace gatehouse::config
