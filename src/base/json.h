// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// JSON of the control plane (the calls themselves are read by `mcp/`).
namespace gatehouse::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// One value, valid UTF-8, no duplicate member names at any level, depth at most 32.
[[nodiscard]] Result<Value> parse(std::string_view text);
/// As `parse`, and the value must be an object.
[[nodiscard]] Result<Object> parse_object(std::string_view text);

/// Members by name; nothing when absent or of another type.
[[nodiscard]] std::optional<std::string> get_string(const Object& object, std::string_view name);
[[nodiscard]] std::optional<std::int64_t> get_int(const Object& object, std::string_view name);
[[nodiscard]] std::optional<bool> get_bool(const Object& object, std::string_view name);
/// Nothing when absent or when any element is not a string.
[[nodiscard]] std::optional<std::vector<std::string>> get_strings(const Object& object,
                                                                  std::string_view name);
[[nodiscard]] Array to_array(const std::vector<std::string>& strings);

[[nodiscard]] inline std::string dump(const Value& value) {
    return boost::json::serialize(value);
}

}  // namespace gatehouse::json
