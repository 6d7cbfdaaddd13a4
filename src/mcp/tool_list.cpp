// SPDX-License-Identifier: Apache-2.0
#include "mcp/tool_list.h"

#include <simdjson.h>

namespace gatehouse::mcp {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxTools = 20'000;

bool read_entries(ondemand::value value, ToolPage& page) {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
        return false;
    }
    for (auto element : array) {
        ondemand::object object;
        std::string_view text;
        if (page.entries.size() == kMaxTools ||
            element.get_object().get(object) != simdjson::SUCCESS ||
            object.raw_json().get(text) != simdjson::SUCCESS) {
            return false;
        }
        // The parser counts white space behind an object to it.
        page.entries.emplace_back(text.substr(0, text.rfind('}') + 1));
    }
    return true;
}

/// False when it holds no list of tools.
bool read_result(ondemand::object result, ToolPage& page) {
    bool listed = false;
    for (auto field : result) {
        std::string_view key;
        ondemand::value value;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
            field.value().get(value) != simdjson::SUCCESS) {
            return false;
        }
        if (key == "tools") {
            // Of two lists nobody can say which one a client reads.
            if (listed || !read_entries(value, page)) {
                return false;
            }
            listed = true;
        } else if (key == "nextCursor") {
            ondemand::json_type type{};
            std::string_view cursor;
            if (value.type().get(type) == simdjson::SUCCESS &&
                type == ondemand::json_type::string &&
                value.get_string().get(cursor) == simdjson::SUCCESS) {
                page.next_cursor = cursor;
            }
        }
    }
    return listed;
}

}  // namespace

std::optional<ToolPage> read_tool_page(std::string_view message) {
    const simdjson::padded_string text(message);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object object;
    if (message.empty() || parser.iterate(text).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::optional<ToolPage> page;
    for (auto field : object) {
        std::string_view key;
        ondemand::value value;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
            field.value().get(value) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        if (key != "result") {
            continue;
        }
        ondemand::object result;
        if (page || value.get_object().get(result) != simdjson::SUCCESS ||
            !read_result(result, page.emplace())) {
            return std::nullopt;
        }
    }
    const char* rest = nullptr;
    return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS ? page : std::nullopt;
}

}  // namespace gatehouse::mcp
