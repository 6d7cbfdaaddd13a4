// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <algorithm>
#include <cmath>
#include <exception>

namespace gatehouse::json {

namespace {

namespace bj = boost::json;

constexpr std::size_t kMaxDepth = 32;

// Boost's own handler keeps the last of two members with one name without a word; two readers of
// one text must not see different values (RFC 8725 §2.4).
class Handler {
  public:
    static constexpr std::size_t max_object_size = bj::object::max_size();
    static constexpr std::size_t max_array_size = bj::array::max_size();
    static constexpr std::size_t max_key_size = bj::string::max_size();
    static constexpr std::size_t max_string_size = bj::string::max_size();

    [[nodiscard]] Value take() { return stack_.release(); }

    [[nodiscard]] bool found_duplicate() const { return found_duplicate_; }

    bool on_document_begin(bj::error_code& /*ec*/) {
        stack_.reset();
        return true;
    }

    bool on_document_end(bj::error_code& /*ec*/) { return true; }

    bool on_object_begin(bj::error_code& /*ec*/) {
        names_.emplace_back();
        return true;
    }

    bool on_object_end(std::size_t count, bj::error_code& ec) {
        auto names = std::move(names_.back());
        names_.pop_back();
        std::ranges::sort(names);
        if (std::ranges::adjacent_find(names) != names.end()) {
            found_duplicate_ = true;
            ec = bj::error::syntax;
            return false;
        }
        stack_.push_object(count);
        return true;
    }

    bool on_array_begin(bj::error_code& /*ec*/) { return true; }

    bool on_array_end(std::size_t count, bj::error_code& /*ec*/) {
        stack_.push_array(count);
        return true;
    }

    bool on_key_part(bj::string_view part, std::size_t /*count*/, bj::error_code& /*ec*/) {
        name_.append(part.data(), part.size());
        stack_.push_chars(part);
        return true;
    }

    bool on_key(bj::string_view rest, std::size_t /*count*/, bj::error_code& /*ec*/) {
        name_.append(rest.data(), rest.size());
        names_.back().push_back(std::exchange(name_, {}));
        stack_.push_key(rest);
        return true;
    }

    bool on_string_part(bj::string_view part, std::size_t /*count*/, bj::error_code& /*ec*/) {
        stack_.push_chars(part);
        return true;
    }

    bool on_string(bj::string_view rest, std::size_t /*count*/, bj::error_code& /*ec*/) {
        stack_.push_string(rest);
        return true;
    }

    bool on_number_part(bj::string_view /*text*/, bj::error_code& /*ec*/) { return true; }

    bool on_int64(std::int64_t number, bj::string_view /*text*/, bj::error_code& /*ec*/) {
        stack_.push_int64(number);
        return true;
    }

    bool on_uint64(std::uint64_t number, bj::string_view /*text*/, bj::error_code& /*ec*/) {
        stack_.push_uint64(number);
        return true;
    }

    bool on_double(double number, bj::string_view /*text*/, bj::error_code& ec) {
        if (!std::isfinite(number)) {
            ec = bj::error::exponent_overflow;
            return false;
        }
        stack_.push_double(number);
        return true;
    }

    bool on_bool(bool value, bj::error_code& /*ec*/) {
        stack_.push_bool(value);
        return true;
    }

    bool on_null(bj::error_code& /*ec*/) {
        stack_.push_null();
        return true;
    }

    bool on_comment_part(bj::string_view /*text*/, bj::error_code& /*ec*/) { return true; }

    bool on_comment(bj::string_view /*text*/, bj::error_code& /*ec*/) { return true; }

  private:
    bj::value_stack stack_;
    std::vector<std::vector<std::string>> names_;  // of the objects being read, outermost first
    std::string name_;
    bool found_duplicate_ = false;
};

}  // namespace

Result<Value> parse(std::string_view text) {
    try {
        bj::parse_options options;
        options.max_depth = kMaxDepth;
        bj::basic_parser<Handler> parser(options);
        bj::error_code ec;
        const auto used = parser.write_some(false, text.data(), text.size(), ec);
        if (parser.handler().found_duplicate()) {
            return fail(ErrorCode::kInvalid, "JSON has a duplicate member name");
        }
        if (ec) {
            return fail(ErrorCode::kInvalid, "malformed JSON", ec.message());
        }
        if (used != text.size()) {
            return fail(ErrorCode::kInvalid, "malformed JSON", "text after the value");
        }
        return parser.handler().take();
    } catch (const std::exception& e) {
        return fail(ErrorCode::kInvalid, "malformed JSON", e.what());
    }
}

Result<Object> parse_object(std::string_view text) {
    auto value = parse(text);
    if (!value) {
        return std::unexpected(value.error());
    }
    if (!value->is_object()) {
        return fail(ErrorCode::kInvalid, "JSON is not an object");
    }
    return std::move(value->get_object());
}

std::optional<std::string> get_string(const Object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    return std::string(value->get_string());
}

std::optional<std::int64_t> get_int(const Object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64()) {
        return std::nullopt;
    }
    return value->get_int64();
}

std::optional<bool> get_bool(const Object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_bool()) {
        return std::nullopt;
    }
    return value->get_bool();
}

std::optional<std::vector<std::string>> get_strings(const Object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_array()) {
        return std::nullopt;
    }
    std::vector<std::string> strings;
    for (const auto& element : value->get_array()) {
        if (!element.is_string()) {
            return std::nullopt;
        }
        strings.emplace_back(element.get_string());
    }
    return strings;
}

Array to_array(const std::vector<std::string>& strings) {
    Array array;
    array.reserve(strings.size());
    for (const auto& string : strings) {
        array.emplace_back(string);
    }
    return array;
}

}  // namespace gatehouse::json
