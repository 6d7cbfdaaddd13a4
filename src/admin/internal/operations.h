// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::admin {

/// One route in words. `answer` names a schema, or is "list of X", or empty for 204.
struct Operation {
    std::string_view method, pattern, summary, answer, body;
    std::string_view query = {};  ///< parameters besides those of every list, separated by spaces
};

/// Members as "name:type", optional ones with `?` behind the type; types are string, time, integer,
/// number, boolean, any, the name of a schema, or one of those in brackets.
struct Schema {
    std::string_view name, members;
};

[[nodiscard]] std::span<const Operation> operations();
[[nodiscard]] std::span<const Schema> schemas();

}  // namespace gatehouse::admin
