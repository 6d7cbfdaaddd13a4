// SPDX-License-Identifier: Apache-2.0
#include "admin/problem.h"

#include "telemetry/log.h"

namespace gatehouse::admin {
namespace {

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalid:
            return 400;
        case ErrorCode::kUnauthorized:
            return 401;
        case ErrorCode::kForbidden:
            return 403;
        case ErrorCode::kNotFound:
            return 404;
        case ErrorCode::kConflict:
            return 409;
        case ErrorCode::kTooLarge:
            return 413;
        case ErrorCode::kTimeout:
        case ErrorCode::kCancelled:
        case ErrorCode::kUnavailable:
            return 503;
        case ErrorCode::kPeer:
            return 502;
        case ErrorCode::kCorrupt:
        case ErrorCode::kInternal:
            break;
    }
    return 500;
}

}  // namespace

http::Response problem(int status,
                       std::string_view title,
                       std::string_view detail,
                       const json::Object& more) {
    json::Object body{{"type", "about:blank"}, {"title", title}, {"status", status}};
    if (!detail.empty()) {
        body["detail"] = detail;
    }
    for (const auto& member : more) {
        body[member.key()] = member.value();
    }
    http::Response response{.status = status, .headers = {}, .body = json::dump(body)};
    response.headers.set("Content-Type", "application/problem+json");
    response.headers.set("Cache-Control", "no-store");
    return response;
}

http::Response problem(const Error& error) {
    const int status = status_of(error.code);
    if (status >= 500) {
        telemetry::warn("admin", "{}", describe(error));
    }
    return problem(status, http::reason_phrase(status), error.message);
}

}  // namespace gatehouse::admin
