// SPDX-License-Identifier: Apache-2.0
#include "mcp/response_id.h"

#include <simdjson.h>

namespace gatehouse::mcp {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trim_end(std::string_view token) {
    const auto last = token.find_last_not_of(" \t\r\n");
    return token.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool is_id(ondemand::value& value) {
    ondemand::json_type type{};
    return value.type().get(type) == simdjson::SUCCESS &&
           (type == ondemand::json_type::string || type == ondemand::json_type::number);
}

}  // namespace

std::string response_id(std::string_view message) {
    const simdjson::padded_string text(message);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object object;
    if (message.empty() || parser.iterate(text).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return {};
    }
    std::string id;
    bool answers = false;
    for (auto field : object) {
        std::string_view key;
        ondemand::value value;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS || key == "method" ||
            field.value().get(value) != simdjson::SUCCESS) {
            return {};
        }
        if (key == "id" && is_id(value)) {
            id = trim_end(value.raw_json_token());
        }
        answers = answers || key == "result" || key == "error";
    }
    return answers ? id : std::string();
}

}  // namespace gatehouse::mcp
