// SPDX-License-Identifier: Apache-2.0
#include "proxy/challenge.h"

#include <utility>

#include "base/strings.h"

namespace gatehouse::proxy {
namespace {

struct Reason {
    std::string_view error, description;
};

http::Response make(int status, const Challenged& what, const Reason& reason) {
    // Clients look for `Bearer` as the first word and read the parameters with simple patterns.
    std::string value = R"(Bearer resource_metadata=")";
    value += what.origin;
    value += "/.well-known/oauth-protected-resource";
    value += what.path;
    value += '"';
    if (!what.scope.empty()) {
        value += R"(, scope=")";
        value += to_safe_ascii(what.scope, 2048);
        value += '"';
    }
    std::string body = R"({"error":"unauthorized"})";
    if (!reason.error.empty()) {
        value += R"(, error=")" + std::string(reason.error) + R"(", error_description=")" +
                 std::string(reason.description) + '"';
        body = R"({"error":")" + std::string(reason.error) + R"(","error_description":")" +
               std::string(reason.description) + R"("})";
    }
    auto response = http::json_response(status, std::move(body));
    response.headers.add("WWW-Authenticate", std::move(value));
    response.headers.add("Cache-Control", "no-store");
    return response;
}

}  // namespace

http::Response challenge(const Challenged& what) {
    return make(401, what, {});
}

http::Response challenge_bad_token(const Challenged& what, oauth::TokenFault fault) {
    return make(
        401, what,
        {.error = "invalid_token",
         .description = fault == oauth::TokenFault::kExpired ? "The access token expired"
                                                             : "The access token is not valid"});
}

http::Response challenge_reconnect(const Challenged& what) {
    return make(401, what,
                {.error = "invalid_token",
                 .description = "The account behind this server must be connected again"});
}

http::Response challenge_scope(const Challenged& what, std::string body) {
    auto response = make(403, what,
                         {.error = "insufficient_scope",
                          .description = "The request needs more scopes than the token has"});
    response.body = std::move(body);
    return response;
}

http::Response malformed_credentials(const Challenged& what) {
    return make(
        400, what,
        {.error = "invalid_request", .description = "The Authorization header is malformed"});
}

}  // namespace gatehouse::proxy
