// SPDX-License-Identifier: Apache-2.0
#include "oauth/access_token_issuer.h"

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "crypto/random.h"

namespace gatehouse::oauth {

IssuedAccessToken issue_access_token(const SigningKeys& keys, const AccessTokenRequest& request) {
    const Connection& connection = request.connection;
    const std::int64_t issued_at = to_unix_seconds(request.now);
    const std::int64_t expires_at =
        std::min(issued_at + request.ttl.count(), to_unix_seconds(connection.expires_at));
    IssuedAccessToken issued{.token_id = crypto::random_token(16),
                             .scopes = request.scopes,
                             .expires_in = expires_at - issued_at};
    std::erase(issued.scopes, "offline_access");
    json::Object claims{{"iss", request.server.origin},
                        {"aud", request.server.mcp_url},
                        {"sub", connection.user_id},
                        {"client_id", connection.client_id},
                        {"jti", issued.token_id},
                        {"sid", connection.id},
                        {"iat", issued_at},
                        {"exp", expires_at},
                        {"auth_time", to_unix_seconds(connection.auth_time)}};
    if (!issued.scopes.empty()) {
        claims["scope"] = join(issued.scopes, " ");
    }
    issued.token = keys.sign("at+jwt", claims);
    return issued;
}

}  // namespace gatehouse::oauth
