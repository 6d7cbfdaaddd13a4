// SPDX-License-Identifier: Apache-2.0
#include "mcp/outcome.h"

#include <simdjson.h>

#include <cstring>
#include <vector>

namespace gatehouse::mcp {
namespace {

namespace ondemand = simdjson::ondemand;

// What was copied for a huge answer is given back.
constexpr std::size_t kKeepBuffer = 256U << 10U;

void read_result(ondemand::value value, Outcome& outcome) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
        return;
    }
    for (auto field : object) {
        std::string_view key;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) {
            return;
        }
        bool flag = false;
        std::string_view text;
        if (key == "isError" && field.value().get_bool().get(flag) == simdjson::SUCCESS) {
            outcome.is_error = flag;
        } else if (key == "protocolVersion" &&
                   field.value().get_string().get(text) == simdjson::SUCCESS) {
            outcome.protocol_version = text;
        }
    }
}

void read_error(ondemand::value value, Outcome& outcome) {
    std::int64_t code = 0;
    if (value["code"].get_int64().get(code) == simdjson::SUCCESS) {
        outcome.rpc_code = code;
    }
    std::string_view message;
    if (value["message"].get_string().get(message) == simdjson::SUCCESS) {
        outcome.error_message = message;
    }
}

}  // namespace

struct OutcomeReader::State {
    /// Copies the text to where the parser may read behind it.
    bool open(std::string_view body, ondemand::document& document) {
        buffer.resize(body.size() + simdjson::SIMDJSON_PADDING);
        std::memcpy(buffer.data(), body.data(), body.size());
        return parser.iterate(buffer.data(), body.size(), buffer.size()).get(document) ==
               simdjson::SUCCESS;
    }

    ondemand::parser parser;
    std::vector<char> buffer;
};

OutcomeReader::OutcomeReader() : state_(std::make_unique<State>()) {}

OutcomeReader::~OutcomeReader() = default;

std::string_view OutcomeReader::result_of(std::string_view body) {
    ondemand::document document;
    ondemand::object result;
    std::string_view text;
    if (body.empty() || !state_->open(body, document) ||
        document["result"].get_object().get(result) != simdjson::SUCCESS ||
        result.raw_json().get(text) != simdjson::SUCCESS) {
        return {};
    }
    return text;
}

Outcome OutcomeReader::read(std::string_view body) {
    Outcome outcome;
    if (body.empty()) {
        return outcome;
    }
    auto& buffer = state_->buffer;
    ondemand::document document;
    ondemand::object object;
    if (state_->open(body, document) && document.get_object().get(object) == simdjson::SUCCESS) {
        for (auto field : object) {
            std::string_view key;
            ondemand::value value;
            if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
                field.value().get(value) != simdjson::SUCCESS) {
                break;
            }
            if (key == "result") {
                outcome.is_response = true;
                read_result(value, outcome);
            } else if (key == "error") {
                outcome.is_response = true;
                read_error(value, outcome);
            }
        }
    }
    if (buffer.size() > kKeepBuffer) {
        buffer = {};
    }
    return outcome;
}

}  // namespace gatehouse::mcp
