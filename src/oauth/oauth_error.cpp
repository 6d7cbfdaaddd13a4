// SPDX-License-Identifier: Apache-2.0
#include "oauth/oauth_error.h"

#include "base/json.h"
#include "base/strings.h"
#include "telemetry/log.h"

namespace gatehouse::oauth {

std::unexpected<OAuthError> refuse(std::string_view code,
                                   std::string_view description,
                                   int status) {
    return std::unexpected(OAuthError{
        .code = std::string(code), .description = std::string(description), .status = status});
}

std::unexpected<OAuthError> refuse_unavailable(const Error& cause) {
    telemetry::error("oauth", "request refused: {}", describe(cause));
    return std::unexpected(OAuthError{.code = "temporarily_unavailable",
                                      .description = "try again in a moment",
                                      .status = 503,
                                      .retry_after = std::chrono::seconds{2}});
}

http::Response uncached_json(int status, std::string body) {
    http::Response response = http::json_response(status, std::move(body));
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("Pragma", "no-cache");
    return response;
}

http::Response error_response(const OAuthError& error) {
    json::Object body{{"error", error.code}};
    if (!error.description.empty()) {
        body["error_description"] = to_safe_ascii(error.description, 400);
    }
    http::Response response = uncached_json(error.status, json::dump(body));
    if (!error.challenge.empty()) {
        response.headers.set("WWW-Authenticate", error.challenge);
    }
    if (error.retry_after.count() > 0) {
        response.headers.set("Retry-After", std::to_string(error.retry_after.count()));
    }
    return response;
}

}  // namespace gatehouse::oauth
