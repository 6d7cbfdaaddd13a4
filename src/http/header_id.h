// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "http/exchange.h"

namespace gatehouse::http {

/// The id of a field name in any case; kOther when the engine does not know it.
[[nodiscard]] HeaderId header_id(std::string_view name);

/// Token characters only (RFC 9110 §5.1), at least one.
[[nodiscard]] bool is_field_name(std::string_view name);
/// No control characters but tab, so that it cannot end the field.
[[nodiscard]] bool is_field_value(std::string_view value);

/// True for fields that belong to one connection and are the engine's own business when it writes
/// a message: Connection, Keep-Alive, Transfer-Encoding, Content-Length and their like.
[[nodiscard]] bool is_framing_field(HeaderId id);

}  // namespace gatehouse::http
