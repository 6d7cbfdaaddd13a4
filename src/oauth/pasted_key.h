// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "oauth/flow_parts.h"

/// Servers whose downstream account is a key: the person pastes it into a page instead of signing
/// in over there. Same vault, same account page, same disconnect.
namespace gatehouse::oauth {

inline constexpr std::string_view kPastedKeyPattern = "/connect/{server}/key";

/// Asks for the key; `error` says what was wrong with the last one.
[[nodiscard]] http::Response key_page(const Scene& scene,
                                      std::string_view user_id,
                                      const std::string& error);
/// POST O/connect/{server}/key.
[[nodiscard]] http::Response store_key(const FlowParts& parts, const http::Request& request);

}  // namespace gatehouse::oauth
