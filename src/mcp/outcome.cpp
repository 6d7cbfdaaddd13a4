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
}

}  // namespace

struct OutcomeReader::State {
    ondemand::parser parser;
    std::vector<char> buffer;
};

OutcomeReader::OutcomeReader() : state_(std::make_unique<State>()) {}

OutcomeReader::~OutcomeReader() = default;

Outcome OutcomeReader::read(std::string_view body) {
    Outcome outcome;
    if (body.empty()) {
        return outcome;
    }
    auto& buffer = state_->buffer;
    buffer.resize(body.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(buffer.data(), body.data(), body.size());
    ondemand::document document;
    ondemand::object object;
    if (state_->parser.iterate(buffer.data(), body.size(), buffer.size()).get(document) ==
            simdjson::SUCCESS &&
        document.get_object().get(object) == simdjson::SUCCESS) {
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
