// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oauth/services.h"
#include "oauth/token_verifier.h"

namespace gatehouse::oauth {

struct KnownAccessToken {
    AccessToken token;
    const catalog::Server* server = nullptr;  ///< the token's audience; lives as the catalog does
};

struct AccessTokenQuery {
    std::string_view token;
    const catalog::Catalog& catalog;
    std::string issuer;
};

/// The living access token of one of the issuer's servers that this text is, or nothing.
[[nodiscard]] std::optional<KnownAccessToken> find_access_token(const OAuthServices& services,
                                                                const AccessTokenQuery& query);

}  // namespace gatehouse::oauth
