// SPDX-License-Identifier: Apache-2.0
#include "runtimes/tool_reader.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/digest.h"

namespace gatehouse::runtimes {
namespace {

constexpr std::array<const char*, 6> kTelling{"annotations", "description",  "inputSchema",
                                              "name",        "outputSchema", "title"};

void put_sorted(const json::Value& value, std::string& out);

void put_sorted(const json::Object& object, std::string& out) {
    std::vector<const json::Object::value_type*> members;
    members.reserve(object.size());
    for (const auto& member : object) {
        members.push_back(&member);
    }
    std::ranges::sort(members, {}, [](const auto* member) { return member->key(); });
    out += '{';
    for (const auto* member : members) {
        out += json::dump(json::Value(member->key()));
        out += ':';
        put_sorted(member->value(), out);
        out += ',';
    }
    out += '}';
}

/// Depth is bounded by the parser.
void put_sorted(const json::Value& value, std::string& out) {
    if (value.is_object()) {
        put_sorted(value.get_object(), out);
    } else if (value.is_array()) {
        out += '[';
        for (const json::Value& element : value.get_array()) {
            put_sorted(element, out);
            out += ',';
        }
        out += ']';
    } else {
        out += json::dump(value);
    }
}

std::string digest_of(const json::Object& tool) {
    json::Object telling;
    for (const char* const name : kTelling) {
        if (const json::Value* const value = tool.if_contains(name)) {
            telling[name] = *value;
        }
    }
    std::string text;
    put_sorted(telling, text);
    return hex_encode(crypto::sha256(text));
}

std::string digest_of_bytes(std::string_view entry) {
    return hex_encode(crypto::sha256("bytes:" + std::string(entry)));
}

Annotations read_annotations(const json::Object& tool) {
    const json::Value* const value = tool.if_contains("annotations");
    if (value == nullptr || !value->is_object()) {
        return {};
    }
    const json::Object& object = value->get_object();
    return {.read_only = json::get_bool(object, "readOnlyHint"),
            .destructive = json::get_bool(object, "destructiveHint"),
            .idempotent = json::get_bool(object, "idempotentHint"),
            .open_world = json::get_bool(object, "openWorldHint")};
}

}  // namespace

std::string digest_of_tool(std::string_view entry) {
    const auto object = json::parse_object(entry);
    return object ? digest_of(*object) : digest_of_bytes(entry);
}

Tool read_tool(std::string entry) {
    Tool tool{.entry = std::move(entry)};
    const auto object = json::parse_object(tool.entry);
    if (!object) {
        return tool;
    }
    tool.name = json::get_string(*object, "name").value_or("");
    tool.title = json::get_string(*object, "title").value_or("");
    tool.description = json::get_string(*object, "description").value_or("");
    tool.annotations = read_annotations(*object);
    if (tool.title.empty()) {
        if (const json::Value* const hints = object->if_contains("annotations");
            hints != nullptr && hints->is_object()) {
            tool.title = json::get_string(hints->get_object(), "title").value_or("");
        }
    }
    tool.digest = digest_of(*object);
    return tool;
}

std::vector<Tool> read_tools(std::vector<std::string> entries) {
    std::vector<Tool> tools;
    std::unordered_set<std::string> names;
    for (std::string& entry : entries) {
        Tool tool = read_tool(std::move(entry));
        if (!tool.name.empty() && names.insert(tool.name).second) {
            tools.push_back(std::move(tool));
        }
    }
    return tools;
}

}  // namespace gatehouse::runtimes
