// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "crypto/jwt.h"
#include "http/client.h"
#include "oidc/internal/fetch_cache.h"

namespace gatehouse::oidc {

/// A downstream authorization server as one profile sees it.
struct Provider {
    std::string issuer;  ///< empty when the profile names none
    catalog::Endpoints endpoints;
    std::string registration_endpoint;
    std::vector<std::string> auth_methods;  ///< of the token endpoint; empty: not said
    bool promises_iss = false;              ///< RFC 9207 §3
};

/// Discovers downstream authorization servers (RFC 8414, then OpenID Connect) and their keys.
///
/// Documents are kept for ten minutes; when fetching fails the last good copy serves on. One fetch
/// at a time per document. Thread-safe; blocks: workers only. What it refers to must outlive it.
class ProviderDirectory {
  public:
    ProviderDirectory(http::Client& http, const Clock& clock)
        : http_(http), metadata_(clock), keys_(clock) {}

    /// Explicit endpoints win over discovered ones. kUnavailable when the server cannot be
    /// reached; kPeer for another issuer, unreadable metadata and endpoints that are neither
    /// https nor on loopback (G01).
    [[nodiscard]] Result<Provider> provider_of(const catalog::Profile& profile);
    /// Verifies the signature with the server's keys, fetched again for an unknown key at most
    /// once a minute. Claims are for the caller to judge.
    [[nodiscard]] Result<crypto::VerifiedJwt> verify(const Provider& provider,
                                                     std::string_view token);

  private:
    [[nodiscard]] Result<Provider> discover(const std::string& issuer,
                                            const catalog::Profile& profile);
    [[nodiscard]] Result<crypto::KeySet> fetch_keys(const std::string& url);

    http::Client& http_;
    internal::FetchCache<Provider> metadata_;
    internal::FetchCache<crypto::KeySet> keys_;
};

}  // namespace gatehouse::oidc
