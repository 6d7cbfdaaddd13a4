// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "http/client.h"
#include "oidc/identity.h"
#include "oidc/provider_directory.h"
#include "oidc/token_endpoint.h"

namespace gatehouse::oidc {

/// Learns whose account a fresh grant is, the way its profile says. Thread-safe; blocks.
class IdentityReader {
  public:
    IdentityReader(ProviderDirectory& providers,
                   TokenEndpoint& tokens,
                   http::Client& http,
                   const Clock& clock)
        : providers_(providers), tokens_(tokens), http_(http), clock_(clock) {}

    /// Nothing with `from: none`. kUnavailable when the server cannot be reached, kPeer when what
    /// it says fails a check or names nobody (G05).
    [[nodiscard]] Result<std::optional<Identity>> read(const Party& party,
                                                       const TokenAnswer& answer,
                                                       std::string_view nonce);
    /// The claims of somebody who signs in: those of the verified ID token, and of userinfo what it
    /// lacks of e-mail and groups (many providers keep ID tokens small). Errors as in `read`; also
    /// kPeer when userinfo speaks of somebody else (OIDC Core §5.3.2).
    [[nodiscard]] Result<json::Object> sign_in_claims(const Party& party,
                                                      const TokenAnswer& answer,
                                                      std::string_view nonce);

  private:
    [[nodiscard]] Result<json::Object> id_token_claims(const Party& party,
                                                       const TokenAnswer& answer,
                                                       std::string_view nonce);
    [[nodiscard]] Result<json::Object> access_token_claims(const Party& party,
                                                           const TokenAnswer& answer);
    [[nodiscard]] Result<json::Object> userinfo_claims(const Party& party,
                                                       const TokenAnswer& answer);
    [[nodiscard]] Result<void> check_times(const json::Object& claims) const;

    ProviderDirectory& providers_;
    TokenEndpoint& tokens_;
    http::Client& http_;
    const Clock& clock_;
};

}  // namespace gatehouse::oidc
