// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/loose_case.h"
#include "mcp/message.h"

namespace gatehouse::mcp::internal {

namespace ondemand = simdjson::ondemand;

enum class Trouble : std::uint8_t { kNone, kSyntax, kDuplicate, kDepth, kShape };

inline constexpr std::string_view kMetaPrefix = "io.modelcontextprotocol/";
inline constexpr std::size_t kFewKeys = 8;

inline bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

inline std::string_view trim_token(std::string_view token) {
    while (!token.empty() && is_space(token.back())) {
        token.remove_suffix(1);
    }
    return token;
}

inline std::size_t count_digits(std::string_view text) {
    const auto end = text.find_first_not_of("0123456789");
    return end == std::string_view::npos ? text.size() : end;
}

enum class NumberKind : std::uint8_t { kNone, kInteger, kOther };

// The grammar only: a number of any size goes through unread, so that nothing is lost (H09).
inline NumberKind number_kind(std::string_view text) {
    if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    const auto whole = count_digits(text);
    if (whole == 0 || (whole > 1 && text.front() == '0')) {
        return NumberKind::kNone;
    }
    text.remove_prefix(whole);
    auto kind = NumberKind::kInteger;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const auto fraction = count_digits(text);
        if (fraction == 0) {
            return NumberKind::kNone;
        }
        if (text.substr(0, fraction).find_first_not_of('0') != std::string_view::npos) {
            kind = NumberKind::kOther;
        }
        text.remove_prefix(fraction);
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) {
            text.remove_prefix(1);
        }
        const auto digits = count_digits(text);
        if (digits == 0) {
            return NumberKind::kNone;
        }
        kind = NumberKind::kOther;
        text.remove_prefix(digits);
    }
    return text.empty() ? kind : NumberKind::kNone;
}

/// Members of `params` from which the item is chosen once the method is known: it may come later.
struct Items {
    std::string_view name, uri, task_id;
    std::string_view reference_type, reference_name, reference_uri;
    bool name_is_odd = false, uri_is_odd = false, task_id_is_odd = false;
};

struct Shape {
    Message message;
    Items items;
    bool version = false, method = false, id = false, id_is_null = false, result = false,
         error = false;
};

/// Walks every value of one body; the first trouble ends the walk.
class Walk {
  public:
    explicit Walk(std::vector<std::string_view>& keys) : keys_(keys) { keys_.clear(); }

    Trouble trouble = Trouble::kNone;
    std::string reason;

    bool read_message(ondemand::object object, Shape& shape, std::size_t depth) {
        return read_object(object, depth, [&](std::string_view key, ondemand::value value) {
            return read_member(key, value, shape, depth);
        });
    }

    bool stop(Trouble what, std::string_view why = {}) {
        if (trouble == Trouble::kNone) {
            trouble = what;
            reason = why;
        }
        return false;
    }

    /// Any value, for its syntax only.
    bool read_any(ondemand::value value, std::size_t depth) {
        ondemand::json_type type{};
        if (value.type().get(type) != simdjson::SUCCESS) {
            return stop(Trouble::kSyntax);
        }
        switch (type) {
            case ondemand::json_type::object: {
                ondemand::object object;
                if (value.get_object().get(object) != simdjson::SUCCESS) {
                    return stop(Trouble::kSyntax);
                }
                return read_object(object, depth + 1, [&](std::string_view, ondemand::value inner) {
                    return read_any(inner, depth + 1);
                });
            }
            case ondemand::json_type::array:
                return read_array(value, depth + 1);
            default:
                return read_scalar(value, type);
        }
    }

  private:
    template <typename OnField>
    bool read_object(ondemand::object object, std::size_t depth, OnField&& on_field) {
        if (depth > kMaxDepth) {
            return stop(Trouble::kDepth);
        }
        const auto base = keys_.size();
        for (auto found : object) {
            ondemand::field field;
            std::string_view key;
            if (std::move(found).get(field) != simdjson::SUCCESS ||
                field.unescaped_key().get(key) != simdjson::SUCCESS) {
                return stop(Trouble::kSyntax);
            }
            keys_.push_back(key);
            if (!on_field(key, field.value())) {
                return false;
            }
        }
        if (has_duplicate(base)) {
            return stop(Trouble::kDuplicate);
        }
        keys_.resize(base);
        return true;
    }

    // Names of one length mostly differ in their last letter: that spares the comparison.
    static bool is_same(std::string_view a, std::string_view b) {
        return a.size() == b.size() && (a.empty() || (a.back() == b.back() && a == b));
    }

    bool has_duplicate(std::size_t base) {
        const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(base);
        if (keys_.size() - base > kFewKeys) {
            std::sort(begin, keys_.end());
            return std::adjacent_find(begin, keys_.end()) != keys_.end();
        }
        for (std::size_t i = base + 1; i < keys_.size(); ++i) {
            for (std::size_t j = base; j < i; ++j) {
                if (is_same(keys_[i], keys_[j])) {
                    return true;
                }
            }
        }
        return false;
    }

    bool read_array(ondemand::value value, std::size_t depth) {
        if (depth > kMaxDepth) {
            return stop(Trouble::kDepth);
        }
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) {
            return stop(Trouble::kSyntax);
        }
        for (auto found : array) {
            ondemand::value element;
            if (std::move(found).get(element) != simdjson::SUCCESS) {
                return stop(Trouble::kSyntax);
            }
            if (!read_any(element, depth)) {
                return false;
            }
        }
        return true;
    }

    bool read_scalar(ondemand::value value, ondemand::json_type type) {
        bool good = false;
        if (type == ondemand::json_type::string) {
            std::string_view text;
            good = value.get_string().get(text) == simdjson::SUCCESS;
        } else if (type == ondemand::json_type::number) {
            good = read_number(value) != NumberKind::kNone;
        } else if (type == ondemand::json_type::boolean) {
            bool truth = false;
            good = value.get_bool().get(truth) == simdjson::SUCCESS;
        } else {
            bool nothing = false;
            good = simdjson::simdjson_result<bool>(value.is_null()).get(nothing) ==
                       simdjson::SUCCESS &&
                   nothing;
        }
        return good || stop(Trouble::kSyntax);
    }

    // Checked by grammar and left to the iterator to skip: reading it as a C++ number could
    // overflow.
    static NumberKind read_number(ondemand::value& value) {
        return number_kind(trim_token(value.raw_json_token()));
    }

    static ondemand::json_type type_of(ondemand::value& value) {
        ondemand::json_type type{};
        return value.type().get(type) == simdjson::SUCCESS ? type : ondemand::json_type::null;
    }

    /// The text of a string; `odd` says that it was something else (which is read, too).
    bool read_text(ondemand::value value, std::string_view& text, bool& odd, std::size_t depth) {
        if (type_of(value) != ondemand::json_type::string) {
            odd = true;
            return read_any(value, depth);
        }
        return value.get_string().get(text) == simdjson::SUCCESS || stop(Trouble::kSyntax);
    }

    bool read_text(ondemand::value value, std::string_view& text, std::size_t depth) {
        bool odd = false;
        return read_text(value, text, odd, depth);
    }

    bool read_member(std::string_view key, ondemand::value value, Shape& shape, std::size_t depth) {
        bool odd = false;
        if (key == "jsonrpc") {
            std::string_view text;
            const bool read = read_text(value, text, odd, depth);
            shape.version = !odd && text == "2.0";
            return read;
        }
        if (key == "method") {
            const bool read = read_text(value, shape.message.method, odd, depth);
            shape.method = true;
            return read && (!odd || stop(Trouble::kShape, "method must be a string"));
        }
        if (key == "id") {
            return read_id(value, shape);
        }
        if (key == "params") {
            return read_params(value, shape, depth);
        }
        shape.result = shape.result || key == "result";
        shape.error = shape.error || key == "error";
        return read_other(key, value, kMessageMembers, depth);
    }

    static constexpr std::array<std::string_view, 6> kMessageMembers{"jsonrpc", "method", "id",
                                                                     "params",  "result", "error"};
    static constexpr std::array<std::string_view, 5> kParamMembers{"name", "uri", "taskId",
                                                                   "arguments", "ref"};
    static constexpr std::array<std::string_view, 3> kReferenceMembers{"type", "name", "uri"};

    /// A member that means nothing to us. Decoders of some languages take names in any case: what
    /// they would take for a member that counts makes the message mean two things.
    template <std::size_t N>
    bool read_other(std::string_view key,
                    ondemand::value value,
                    const std::array<std::string_view, N>& ours,
                    std::size_t depth) {
        const bool is_odd = std::ranges::any_of(ours, [&](std::string_view name) {
            return key != name && key.size() >= name.size() && key.size() <= 3 * name.size() &&
                   loose_case(key) == loose_case(name);
        });
        return read_any(value, depth) &&
               (!is_odd || stop(Trouble::kShape, "the case of a member name is wrong"));
    }

    bool read_id(ondemand::value value, Shape& shape) {
        shape.id = true;
        const auto raw = trim_token(value.raw_json_token());
        const auto type = type_of(value);
        if (type == ondemand::json_type::string) {
            shape.message.id = raw;
            return read_scalar(value, type);
        }
        if (type == ondemand::json_type::number) {
            const auto kind = read_number(value);
            if (kind == NumberKind::kNone) {
                return stop(Trouble::kSyntax);
            }
            shape.message.id = raw;
            return kind == NumberKind::kInteger ||
                   stop(Trouble::kShape, "id must be a string or an integer");
        }
        // A client's error response may carry null for an id that it could not read.
        shape.id_is_null = type == ondemand::json_type::null;
        return read_any(value, 1) &&
               (shape.id_is_null || stop(Trouble::kShape, "id must be a string or an integer"));
    }

    bool read_params(ondemand::value value, Shape& shape, std::size_t depth) {
        const auto type = type_of(value);
        if (type == ondemand::json_type::null) {
            return read_any(value, depth);
        }
        ondemand::object object;
        if (type != ondemand::json_type::object ||
            value.get_object().get(object) != simdjson::SUCCESS) {
            return read_any(value, depth) && stop(Trouble::kShape, "params must be an object");
        }
        return read_object(object, depth + 1, [&](std::string_view key, ondemand::value inner) {
            return read_param(key, inner, shape, depth + 1);
        });
    }

    bool read_param(std::string_view key, ondemand::value value, Shape& shape, std::size_t depth) {
        Items& items = shape.items;
        if (key == "name") {
            return read_text(value, items.name, items.name_is_odd, depth);
        }
        if (key == "uri") {
            return read_text(value, items.uri, items.uri_is_odd, depth);
        }
        if (key == "taskId") {
            return read_text(value, items.task_id, items.task_id_is_odd, depth);
        }
        if (key == "arguments") {
            return read_arguments(value, shape.message, depth);
        }
        if (key == "protocolVersion") {
            return read_text(value, shape.message.initialize_version, depth);
        }
        if (key == "_meta") {
            return read_meta(value, shape.message, depth);
        }
        if (key == "clientInfo") {
            return read_client(value, shape.message, depth);
        }
        if (key == "capabilities") {
            return read_capabilities(value, shape.message, depth);
        }
        if (key == "ref") {
            return read_reference(value, items, depth);
        }
        if (key == "inputResponses") {
            return type_of(value) == ondemand::json_type::object
                       ? read_raw(value, shape.message.input_responses, depth)
                       : read_any(value, depth);
        }
        if (key == "requestState") {
            return type_of(value) == ondemand::json_type::string
                       ? read_raw(value, shape.message.request_state, depth)
                       : read_any(value, depth);
        }
        return read_other(key, value, kParamMembers, depth);
    }

    bool read_arguments(ondemand::value value, Message& message, std::size_t depth) {
        if (const auto type = type_of(value); type != ondemand::json_type::object) {
            message.odd_arguments = type != ondemand::json_type::null;
            return read_any(value, depth);
        }
        return read_raw(value, message.arguments, depth);
    }

    /// Any value, and how it is written.
    bool read_raw(ondemand::value value, std::string_view& text, std::size_t depth) {
        const char* const begin = value.raw_json_token().data();
        if (!read_any(value, depth)) {
            return false;
        }
        // The parser stands on the token behind the value: a comma or the closing brace.
        const char* end = nullptr;
        if (value.current_location().get(end) != simdjson::SUCCESS || end < begin) {
            return stop(Trouble::kSyntax);
        }
        text = trim_token({begin, static_cast<std::size_t>(end - begin)});
        return true;
    }

    template <typename OnField>
    bool read_members(ondemand::value value, std::size_t depth, OnField&& on_field) {
        ondemand::object object;
        if (type_of(value) != ondemand::json_type::object) {
            return read_any(value, depth);
        }
        if (value.get_object().get(object) != simdjson::SUCCESS) {
            return stop(Trouble::kSyntax);
        }
        return read_object(object, depth + 1, std::forward<OnField>(on_field));
    }

    bool read_meta(ondemand::value value, Message& message, std::size_t depth) {
        message.has_meta = true;
        return read_members(value, depth, [&](std::string_view key, ondemand::value inner) {
            const std::size_t inside = depth + 1;
            if (!key.starts_with(kMetaPrefix)) {
                return read_any(inner, inside);
            }
            key.remove_prefix(kMetaPrefix.size());
            if (key == "protocolVersion") {
                bool odd = false;
                const bool read = read_text(inner, message.meta_version, odd, inside);
                message.has_meta_version = !odd;
                return read;
            }
            if (key == "clientInfo") {
                return read_client(inner, message, inside);
            }
            if (key == "clientCapabilities") {
                message.has_meta_capabilities = true;
                return read_capabilities(inner, message, inside);
            }
            return read_any(inner, inside);
        });
    }

    bool read_client(ondemand::value value, Message& message, std::size_t depth) {
        return read_members(value, depth, [&](std::string_view key, ondemand::value inner) {
            if (key == "name") {
                return read_text(inner, message.client_name, depth + 1);
            }
            if (key == "version") {
                return read_text(inner, message.client_version, depth + 1);
            }
            return read_any(inner, depth + 1);
        });
    }

    bool read_capabilities(ondemand::value value, Message& message, std::size_t depth) {
        return read_members(value, depth, [&](std::string_view key, ondemand::value inner) {
            if (key != "elicitation") {
                return read_any(inner, depth + 1);
            }
            return read_members(inner, depth + 1, [&](std::string_view way, ondemand::value v) {
                message.declares_url_elicitation = message.declares_url_elicitation || way == "url";
                return read_any(v, depth + 2);
            });
        });
    }

    bool read_reference(ondemand::value value, Items& items, std::size_t depth) {
        return read_members(value, depth, [&](std::string_view key, ondemand::value inner) {
            if (key == "type") {
                return read_text(inner, items.reference_type, depth + 1);
            }
            if (key == "name") {
                return read_text(inner, items.reference_name, depth + 1);
            }
            if (key == "uri") {
                return read_text(inner, items.reference_uri, depth + 1);
            }
            return read_other(key, inner, kReferenceMembers, depth + 1);
        });
    }

    std::vector<std::string_view>& keys_;
};

}  // namespace gatehouse::mcp::internal
