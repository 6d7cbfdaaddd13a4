// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>

#include "base/strings.h"
#include "config/additions.h"
#include "config/internal/schema.h"

namespace gatehouse::config {
namespace {

constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                 "on",   "off",   "~",    "y"};

bool is_plain(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !text.empty() && is_letter(text.front()) && !text.ends_with(':') &&
           std::ranges::all_of(text,
                               [&](char c) {
                                   return is_letter(c) || (c >= '0' && c <= '9') ||
                                          std::string_view("._/-:").contains(c);
                               }) &&
           std::ranges::find(kWords, to_lower(text)) == kWords.end();
}

std::string yaml_text(std::string_view text) {
    return is_plain(text) ? std::string(text) : json::dump(json::Value(text));
}

/// For the file, where `${` means something.
std::string escaped(std::string_view text) {
    std::string out(text);
    for (auto at = out.find("${"); at != std::string::npos; at = out.find("${", at + 3)) {
        out.insert(at, 1, '$');
    }
    return out;
}

std::string variable_name(std::string_view name, std::string_view path) {
    std::string variable;
    for (const char c : std::string(name) + "_" + std::string(path)) {
        const bool is_word =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        variable += !is_word ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    // Variables begin with a letter, names may begin with a digit.
    return variable.front() >= '0' && variable.front() <= '9' ? "_" + variable : variable;
}

std::string flow(const json::Value& value) {
    std::string text;
    if (value.is_string()) {
        return yaml_text(std::string_view(value.get_string()));
    }
    if (value.is_array()) {
        for (const json::Value& item : value.get_array()) {
            text += (text.empty() ? "" : ", ") + flow(item);
        }
        return "[" + text + "]";
    }
    if (value.is_object()) {
        for (const auto& member : value.get_object()) {
            text +=
                (text.empty() ? "" : ", ") + yaml_text(member.key()) + ": " + flow(member.value());
        }
        return "{" + text + "}";
    }
    return json::dump(value);
}

void block(const json::Object& object, std::size_t indent, std::string& out) {
    const std::string margin(indent, ' ');
    for (const auto& member : object) {
        const json::Value& value = member.value();
        out += margin + yaml_text(member.key()) + ":";
        const bool has_objects =
            value.is_array() && !value.get_array().empty() &&
            std::ranges::all_of(value.get_array(),
                                [](const json::Value& item) { return item.is_object(); });
        if (value.is_object() && !value.get_object().empty()) {
            out += "\n";
            block(value.get_object(), indent + 2, out);
        } else if (has_objects) {
            out += "\n";
            for (const json::Value& item : value.get_array()) {
                out += margin + "  - " + flow(item) + "\n";
            }
        } else {
            out += " " + flow(value) + "\n";
        }
    }
}

json::Value with_escapes(const json::Value& value) {
    if (value.is_string()) {
        return json::Value(escaped(std::string_view(value.get_string())));
    }
    if (value.is_array()) {
        json::Array items;
        for (const json::Value& item : value.get_array()) {
            items.push_back(with_escapes(item));
        }
        return items;
    }
    if (value.is_object()) {
        json::Object members;
        for (const auto& member : value.get_object()) {
            members[member.key()] = with_escapes(member.value());
        }
        return members;
    }
    return value;
}

/// As the file would have it, secrets as variables.
json::Object for_file(const Addition& addition) {
    const json::Object escapes = with_escapes(addition.object).as_object();
    std::map<std::string, int, std::less<>> used;
    return map_secrets(addition.kind, escapes, [&](std::string_view path, std::string_view) {
        std::string name = variable_name(addition.name, path);
        if (const int count = ++used[name]; count > 1) {
            name += "_" + std::to_string(count);
        }
        return json::Value("${" + name + "}");
    });
}

void append(json::Object& owner, std::string_view list, json::Object item) {
    if (!owner.contains(list)) {
        owner[list] = json::Array{};
    }
    if (json::Value& items = owner[list]; items.is_array()) {
        items.get_array().emplace_back(std::move(item));
    }
}

}  // namespace

std::string export_yaml(std::span<const Addition> additions) {
    json::Object document;
    const auto section = [&](std::string_view name) -> json::Object& {
        if (!document.contains(name)) {
            document[name] = json::Object{};
        }
        return document[name].get_object();
    };
    for (const Addition& addition : additions) {
        if (addition.kind == Addition::Kind::kProfile || addition.kind == Addition::Kind::kServer) {
            section(section_name(addition.kind))[addition.name] = for_file(addition);
        }
    }
    for (const Addition& addition : additions) {
        if (addition.kind == Addition::Kind::kProfile || addition.kind == Addition::Kind::kServer) {
            continue;
        }
        json::Object item{{"name", escaped(addition.name)}};
        for (auto& member : for_file(addition)) {
            item[member.key()] = std::move(member.value());
        }
        if (addition.server.empty()) {
            append(document, section_name(addition.kind), std::move(item));
            continue;
        }
        json::Object& servers = section("servers");
        if (!servers.contains(addition.server)) {
            servers[addition.server] = json::Object{};
        }
        append(servers[addition.server].get_object(), section_name(addition.kind), std::move(item));
    }
    std::string out;
    block(document, 0, out);
    return out;
}

}  // namespace gatehouse::config
