// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "mcp/message.h"
#include "mcp/revision.h"

namespace gatehouse::mcp {

/// Header fields that say what the body says, too. Absent is not the same as empty.
struct RoutingHeaders {
    std::optional<std::string_view> version, method, name;
};

/// The revision a request speaks, once its header fields and its body agree (requirements H20-H24,
/// H26, H40, H41). `session` is what its session negotiated, if it has one.
/// Faults: kHeaderMismatch, kUnsupportedVersion, kInvalidParams, kInvalidRequest.
[[nodiscard]] std::expected<Revision, Fault> agree(const Body& body,
                                                   const RoutingHeaders& headers,
                                                   std::optional<Revision> session);

/// The revision of a request without a body (GET, DELETE).
[[nodiscard]] std::expected<Revision, Fault> revision_of(std::optional<std::string_view> version,
                                                         std::optional<Revision> session);

/// A header value as meant: `=?base64?…?=` is decoded. Nothing for a bad encoding or for bytes that
/// a header must not hold (requirements H24).
[[nodiscard]] std::optional<std::string> decode_header_value(std::string_view value);

}  // namespace gatehouse::mcp
