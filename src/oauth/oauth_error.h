// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace gatehouse::oauth {

/// An error of an OAuth endpoint as its caller sees it (RFC 6749 §5.2 and its extensions).
struct OAuthError {
    std::string code;
    std::string description;
    int status = 400;
    std::string challenge;                ///< WWW-Authenticate, if any
    std::chrono::seconds retry_after{0};  ///< Retry-After, if positive
};

template <typename T>
using OAuthResult = std::expected<T, OAuthError>;

[[nodiscard]] std::unexpected<OAuthError> refuse(std::string_view code,
                                                 std::string_view description,
                                                 int status = 400);
/// 503 for a store or journal that cannot serve; the cause goes to the log only.
[[nodiscard]] std::unexpected<OAuthError> refuse_unavailable(const Error& cause);

/// JSON, never cached (E02), ASCII only.
[[nodiscard]] http::Response error_response(const OAuthError& error);
/// 200 with JSON, never cached.
[[nodiscard]] http::Response uncached_json(int status, std::string body);

}  // namespace gatehouse::oauth
