// SPDX-License-Identifier: Apache-2.0
#include "oauth/access_token_lookup.h"

#include "base/json.h"
#include "crypto/jwt.h"

namespace gatehouse::oauth {

std::optional<KnownAccessToken> find_access_token(const OAuthServices& services,
                                                  const AccessTokenQuery& query) {
    const auto decoded = crypto::decode_jwt(query.token);
    if (!decoded) {
        return std::nullopt;
    }
    // Unverified: it only chooses which audience the verification has to prove.
    const auto audience = json::get_string(decoded->claims, "aud");
    const catalog::Server* server = audience ? query.catalog.find_by_mcp_url(*audience) : nullptr;
    if (server == nullptr || server->origin != query.issuer) {
        return std::nullopt;
    }
    const auto trust = services.trust.live().get();
    auto token = verify_access_token(query.token, query.issuer, server->mcp_url, trust->keys,
                                     services.clock.now());
    if (!token || is_revoked(*token, *trust)) {
        return std::nullopt;
    }
    return KnownAccessToken{.token = *std::move(token), .server = server};
}

}  // namespace gatehouse::oauth
