// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Retries of requests that were answered with `input_required` (MRTR): pure functions on the text
/// of a body that the classifier has accepted.
namespace gatehouse::mcp {

/// What becomes of one member of an object in `body`.
struct MemberEdit {
    std::string_view value;   ///< the member's value, where it stands in the body
    std::string replacement;  ///< JSON text; empty: the member goes, name and all
};

/// `body` with the edits made and every other byte as it was.
[[nodiscard]] std::string edit_members(std::string_view body, std::span<const MemberEdit> edits);

/// The characters of a JSON string; nothing for other text.
[[nodiscard]] std::optional<std::string> read_string(std::string_view json);

/// One entry of `inputResponses`.
struct InputResponse {
    std::string_view value;  ///< where it stands
    std::string action;      ///< "accept", "decline", "cancel"; empty when it says none
    bool alone = false;      ///< it is the only entry
};

/// The entry `key` of `responses`, the JSON text of an object; nothing when there is none.
[[nodiscard]] std::optional<InputResponse> find_response(std::string_view responses,
                                                         std::string_view key);
/// True when some entry's name begins so.
[[nodiscard]] bool has_response_like(std::string_view responses, std::string_view prefix);

}  // namespace gatehouse::mcp
