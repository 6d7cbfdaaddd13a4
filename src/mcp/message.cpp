// SPDX-License-Identifier: Apache-2.0
#include "mcp/message.h"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "mcp/internal/walk.h"

namespace gatehouse::mcp {
namespace {

namespace ondemand = simdjson::ondemand;

using internal::Items;
using internal::number_kind;
using internal::NumberKind;
using internal::Shape;
using internal::trim_token;
using internal::Trouble;
using internal::Walk;

std::string_view choose_item(std::string_view method, const Items& items, bool& odd) {
    if (method == "tools/call" || method == "prompts/get") {
        odd = items.name_is_odd;
        return items.name;
    }
    if (method.starts_with("resources/")) {
        odd = items.uri_is_odd;
        return items.uri;
    }
    if (method.starts_with("tasks/")) {
        odd = items.task_id_is_odd;
        return items.task_id;
    }
    return {};
}

/// By its type alone: what else is there may mean something to some runtime, but not to us.
void choose_reference(const Items& items, Message& message) {
    const bool prompt = items.reference_type == "ref/prompt";
    const bool resource = items.reference_type == "ref/resource";
    message.item = prompt ? items.reference_name : items.reference_uri;
    if (message.item.empty() || (!prompt && !resource)) {
        message.item = items.reference_name.empty() ? items.reference_uri : items.reference_name;
        message.reference = Reference::kUnclear;
        return;
    }
    message.reference = prompt ? Reference::kPrompt : Reference::kResource;
}

/// Gives the shape its meaning; the reason why it is no JSON-RPC message otherwise.
std::string_view finish_shape(Shape& shape) {
    Message& message = shape.message;
    if (!shape.version) {
        return R"(jsonrpc must be "2.0")";
    }
    if (shape.method) {
        if (shape.result || shape.error) {
            return "a message is a request or a response, not both";
        }
        if (shape.id_is_null) {
            return "id must be a string or an integer";
        }
        if (message.method.empty()) {
            return "method must not be empty";
        }
        message.kind = shape.id ? MessageKind::kRequest : MessageKind::kNotification;
        bool odd = false;
        message.item = choose_item(message.method, shape.items, odd);
        if (message.method == "completion/complete") {
            choose_reference(shape.items, message);
        }
        return odd ? "the name of the item must be a string" : "";
    }
    if (shape.result == shape.error) {
        return "a message has a method, a result or an error";
    }
    if (message.id.empty() && !shape.error) {
        return "id must be a string or an integer";
    }
    message.kind = MessageKind::kResponse;
    return "";
}

Fault to_fault(const Walk& walk, std::string_view id) {
    switch (walk.trouble) {
        case Trouble::kDuplicate:
            return {.code = RpcCode::kParseError,
                    .message = "Parse error: a member name is repeated"};
        case Trouble::kDepth:
            return {.code = RpcCode::kParseError, .message = "Parse error: nested too deep"};
        case Trouble::kShape:
            return {.code = RpcCode::kInvalidRequest,
                    .message = "Invalid request: " + walk.reason,
                    .id = std::string(id)};
        default:
            return {.code = RpcCode::kParseError, .message = "Parse error: not valid JSON"};
    }
}

Fault invalid(std::string_view reason, std::string_view id) {
    return {.code = RpcCode::kInvalidRequest,
            .message = "Invalid request: " + std::string(reason),
            .id = std::string(id)};
}

std::unexpected<Fault> syntax_error() {
    return std::unexpected(
        Fault{.code = RpcCode::kParseError, .message = "Parse error: not valid JSON"});
}

bool is_scalar(ondemand::document& document, ondemand::json_type type) {
    std::string_view text;
    bool flag = false;
    if (type == ondemand::json_type::string) {
        return document.get_string().get(text) == simdjson::SUCCESS;
    }
    if (type == ondemand::json_type::number) {
        return document.raw_json_token().get(text) == simdjson::SUCCESS &&
               number_kind(trim_token(text)) != NumberKind::kNone;
    }
    if (type == ondemand::json_type::boolean) {
        return document.get_bool().get(flag) == simdjson::SUCCESS;
    }
    return simdjson::simdjson_result<bool>(document.is_null()).get(flag) == simdjson::SUCCESS &&
           flag;
}

}  // namespace

struct Classifier::State {
    ondemand::parser parser;
    std::vector<std::string_view> keys;
    std::vector<Message> messages;

    std::expected<void, Fault> read_one(ondemand::object object, Walk& walk, std::size_t depth) {
        Shape shape;
        if (!walk.read_message(object, shape, depth)) {
            return std::unexpected(to_fault(walk, shape.message.id));
        }
        if (const auto reason = finish_shape(shape); !reason.empty()) {
            return std::unexpected(invalid(reason, shape.message.id));
        }
        messages.push_back(shape.message);
        return {};
    }

    std::expected<void, Fault> read_batch(ondemand::document& document, Walk& walk) {
        ondemand::array array;
        if (document.get_array().get(array) != simdjson::SUCCESS) {
            walk.stop(Trouble::kSyntax);
            return std::unexpected(to_fault(walk, {}));
        }
        for (auto found : array) {
            ondemand::value element;
            ondemand::object object;
            if (messages.size() == kMaxBatch) {
                return std::unexpected(invalid("the batch is too long", {}));
            }
            if (std::move(found).get(element) != simdjson::SUCCESS) {
                walk.stop(Trouble::kSyntax);
                return std::unexpected(to_fault(walk, {}));
            }
            if (element.get_object().get(object) != simdjson::SUCCESS) {
                return std::unexpected(walk.read_any(element, 1)
                                           ? invalid("a batch holds messages only", {})
                                           : to_fault(walk, {}));
            }
            if (auto read = read_one(object, walk, 2); !read) {
                read.error().id.clear();
                return read;
            }
        }
        return check_batch();
    }

    [[nodiscard]] std::expected<void, Fault> check_batch() const {
        if (messages.empty()) {
            return std::unexpected(invalid("the batch is empty", {}));
        }
        const auto responses = std::ranges::count(messages, MessageKind::kResponse, &Message::kind);
        if (responses != 0 && std::cmp_not_equal(responses, messages.size())) {
            return std::unexpected(invalid("a batch holds requests or responses, not both", {}));
        }
        if (std::ranges::find(messages, "initialize", &Message::method) != messages.end()) {
            return std::unexpected(invalid("initialize cannot be part of a batch", {}));
        }
        return {};
    }
};

Classifier::Classifier() : state_(std::make_unique<State>()) {}

Classifier::~Classifier() = default;

std::expected<Body, Fault> Classifier::classify(std::string_view body) {
    State& state = *state_;
    Walk walk(state.keys);
    state.messages.clear();
    ondemand::document document;
    // Some versions of the parser skip a byte order mark; the runtime's might not.
    if (body.starts_with("\xEF\xBB\xBF") ||
        state.parser.iterate(body.data(), body.size(), body.size() + kPadding).get(document) !=
            simdjson::SUCCESS) {
        return syntax_error();
    }
    ondemand::json_type type{};
    if (document.type().get(type) != simdjson::SUCCESS) {
        return syntax_error();
    }
    const bool batch = type == ondemand::json_type::array;
    std::expected<void, Fault> read;
    if (batch) {
        read = state.read_batch(document, walk);
    } else if (type == ondemand::json_type::object) {
        ondemand::object object;
        if (document.get_object().get(object) != simdjson::SUCCESS) {
            return syntax_error();
        }
        read = state.read_one(object, walk, 1);
    } else {
        if (!is_scalar(document, type)) {
            return syntax_error();
        }
        return std::unexpected(invalid("not a message", {}));
    }
    if (!read) {
        return std::unexpected(std::move(read.error()));
    }
    // The parser has no other way to say that nothing is left.
    const char* rest = nullptr;
    if (document.current_location().get(rest) != simdjson::OUT_OF_BOUNDS) {
        return syntax_error();
    }
    return Body{.batch = batch, .messages = state.messages};
}

bool needs_name_header(std::string_view method) {
    return method == "tools/call" || method == "prompts/get" || method == "resources/read" ||
           method == "tasks/get" || method == "tasks/update" || method == "tasks/cancel";
}

}  // namespace gatehouse::mcp
