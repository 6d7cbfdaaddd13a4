// SPDX-License-Identifier: Apache-2.0
#include "mcp/batch.h"

#include <simdjson.h>

#include "mcp/message.h"

namespace gatehouse::mcp {

std::vector<std::string_view> split_batch(std::string_view body) {
    namespace ondemand = simdjson::ondemand;
    ondemand::parser parser;
    ondemand::document document;
    ondemand::array array;
    std::vector<std::string_view> texts;
    if (parser.iterate(body.data(), body.size(), body.size() + kPadding).get(document) !=
            simdjson::SUCCESS ||
        document.get_array().get(array) != simdjson::SUCCESS) {
        return texts;
    }
    for (auto element : array) {
        ondemand::object object;
        std::string_view text;
        if (element.get_object().get(object) != simdjson::SUCCESS ||
            object.raw_json().get(text) != simdjson::SUCCESS) {
            return {};
        }
        texts.push_back(text);
    }
    return texts;
}

}  // namespace gatehouse::mcp
