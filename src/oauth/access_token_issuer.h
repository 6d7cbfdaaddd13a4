// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "oauth/connection_store.h"
#include "oauth/signing_keys.h"

namespace gatehouse::oauth {

struct IssuedAccessToken {
    std::string token, token_id;
    std::vector<std::string> scopes;  ///< what it carries: never offline_access (E15)
    std::int64_t expires_in = 0;      ///< seconds
};

struct AccessTokenRequest {
    const catalog::Server& server;
    const Connection& connection;
    const std::vector<std::string>& scopes;
    std::chrono::seconds ttl;
    Timestamp now;
};

/// An at+jwt (RFC 9068, F01 to F03) for a connection. It never outlives the connection.
[[nodiscard]] IssuedAccessToken issue_access_token(const SigningKeys& keys,
                                                   const AccessTokenRequest& request);

}  // namespace gatehouse::oauth
