// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace gatehouse {

/// Who or what is to blame; one function per protocol maps it to an HTTP, OAuth or JSON-RPC reply.
enum class ErrorCode {
    kInvalid,       ///< the input is wrong; asking again with the same input fails again
    kUnauthorized,  ///< nobody proved who they are
    kForbidden,     ///< known, and not allowed
    kNotFound,
    kConflict,  ///< somebody else was first, or the name is taken
    kTooLarge,
    kTimeout,
    kCancelled,
    kUnavailable,  ///< a peer, the disk or the store cannot serve now; later may work
    kPeer,         ///< a peer answered nonsense or refused for good
    kCorrupt,      ///< stored bytes fail their integrity check
    kInternal,     ///< our own fault
};

/// `message` may be shown to the peer; `detail` is for the log only. Neither ever holds a secret.
struct Error {
    ErrorCode code = ErrorCode::kInternal;
    std::string message;
    std::string detail;
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code,
                                                 std::string message,
                                                 std::string detail = {}) {
    return std::unexpected(
        Error{.code = code, .message = std::move(message), .detail = std::move(detail)});
}

/// "message (detail)", for logs.
[[nodiscard]] inline std::string describe(const Error& error) {
    return error.detail.empty() ? error.message : error.message + " (" + error.detail + ")";
}

}  // namespace gatehouse
