// SPDX-License-Identifier: Apache-2.0
#include "config/internal/schema.h"

#include <algorithm>

namespace gatehouse::config {

std::span<const Key> schema() {
    static const std::vector<Key> all = [] {
        std::vector<Key> keys;
        for (const auto part : {process_keys(), profile_keys(), server_keys()}) {
            for (const Key& key : part) {
                keys.push_back(key);
                const auto members = budget_keys(key.path);
                keys.insert(keys.end(), members.begin(), members.end());
            }
        }
        return keys;
    }();
    return all;
}

const Key* find_key(std::string_view path) {
    const auto keys = schema();
    const auto it = std::ranges::find(keys, path, &Key::path);
    return it == keys.end() ? nullptr : &*it;
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
