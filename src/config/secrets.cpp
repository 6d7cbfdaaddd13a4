// SPDX-License-Identifier: Apache-2.0
#include "config/additions.h"
#include "config/internal/schema.h"

namespace gatehouse::config {
namespace {

std::string pattern_of(Addition::Kind kind) {
    const bool is_named = kind == Addition::Kind::kServer || kind == Addition::Kind::kProfile;
    return join_path(section_name(kind), is_named ? "*" : "[]");
}

json::Value replaced(const json::Value& value,
                     const std::string& path,
                     const SecretVisitor& visit) {
    if (value.is_array()) {
        json::Array items;
        for (const json::Value& item : value.get_array()) {
            items.push_back(replaced(item, path, visit));
        }
        return items;
    }
    if (value.is_object()) {
        json::Object members;
        for (const auto& member : value.get_object()) {
            members[member.key()] = replaced(member.value(), join_path(path, member.key()), visit);
        }
        return members;
    }
    if (value.is_null()) {
        return value;
    }
    return value.is_string() ? visit(path, std::string_view(value.get_string()))
                             : visit(path, json::dump(value));
}

json::Value map_value(const json::Value& value,
                      const std::string& pattern,
                      const std::string& path,
                      const SecretVisitor& visit);

json::Object map_members(const json::Object& object,
                         const std::string& pattern,
                         const std::string& path,
                         const SecretVisitor& visit) {
    json::Object out;
    for (const auto& member : object) {
        out[member.key()] = map_value(member.value(), join_path(pattern, member.key()),
                                      join_path(path, member.key()), visit);
    }
    return out;
}

json::Value map_value(const json::Value& value,
                      const std::string& pattern,
                      const std::string& path,
                      const SecretVisitor& visit) {
    const Key* const key = find_key(pattern);
    if (key == nullptr) {
        return value;
    }
    if (key->sensitivity == Sensitivity::kSecret) {
        return replaced(value, path, visit);
    }
    if (key->shape == Shape::kSection && value.is_object()) {
        return map_members(value.get_object(), pattern, path, visit);
    }
    if (key->shape == Shape::kNamedSections && value.is_object()) {
        json::Object out;
        for (const auto& member : value.get_object()) {
            out[member.key()] = map_value(member.value(), join_path(pattern, "*"),
                                          join_path(path, member.key()), visit);
        }
        return out;
    }
    if (key->shape == Shape::kItemSections && value.is_array()) {
        json::Array out;
        for (const json::Value& item : value.get_array()) {
            out.push_back(item.is_object() ? map_members(item.get_object(),
                                                         join_path(pattern, "[]"), path, visit)
                                           : item);
        }
        return out;
    }
    return value;
}

}  // namespace

json::Object map_secrets(Addition::Kind kind,
                         const json::Object& object,
                         const SecretVisitor& visit) {
    return map_members(object, pattern_of(kind), "", visit);
}

}  // namespace gatehouse::config
