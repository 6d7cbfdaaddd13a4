// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalog/catalog.h"
#include "http/client.h"
#include "oidc/provider_directory.h"
#include "oidc/token_answer.h"

namespace gatehouse::oidc {

/// RFC 8693.
inline constexpr std::string_view kTokenExchange =
    "urn:ietf:params:oauth:grant-type:token-exchange";

/// The gateway as a client of one downstream server.
struct ClientCredentials {
    std::string client_id;
    catalog::ClientAuthMethod method = catalog::ClientAuthMethod::kNone;
    Secret secret;
    Secret key;              ///< PEM, for private_key_jwt
    std::string generation;  ///< names this registration; grants are bound to it
};

/// The two sides of a conversation. Views: lives no longer than what it refers to.
struct Party {
    const catalog::Profile& profile;
    const Provider& provider;
    const ClientCredentials& client;
};

/// Speaks to a downstream server's token, introspection and revocation endpoints, authenticated
/// with exactly the configured method (G07). Thread-safe; blocks: workers only.
class TokenEndpoint {
  public:
    TokenEndpoint(http::Client& http, const Clock& clock) : http_(http), clock_(clock) {}

    struct Code {
        std::string_view code, redirect_uri, verifier;
    };

    [[nodiscard]] std::expected<TokenAnswer, TokenFailure> redeem(const Party& party,
                                                                  const Code& code);
    /// `scope` may be empty: as granted.
    [[nodiscard]] std::expected<TokenAnswer, TokenFailure> refresh(const Party& party,
                                                                   const Secret& refresh_token,
                                                                   std::string_view scope);
    /// RFC 8693: an access token for a person whose sign-in token `subject` is, of the kind that
    /// the profile names. An answer of another type, or that is the subject itself, is nonsense.
    [[nodiscard]] std::expected<TokenAnswer, TokenFailure> exchange(const Party& party,
                                                                    const Secret& subject,
                                                                    const std::string& scope);
    /// The introspection answer (RFC 7662); kUnavailable or kPeer otherwise.
    [[nodiscard]] Result<json::Object> introspect(const Party& party, const Secret& token);
    /// RFC 7009, the refresh token first, each tried twice. False when it is worth trying later.
    bool revoke(const Party& party, const Tokens& tokens);

  private:
    [[nodiscard]] std::expected<TokenAnswer, TokenFailure> ask(const Party& party, FormFields form);
    [[nodiscard]] Result<http::ClientRequest> authenticated(const Party& party,
                                                            const std::string& url,
                                                            FormFields form) const;
    [[nodiscard]] Result<std::string> assertion(const Party& party) const;

    http::Client& http_;
    const Clock& clock_;
};

}  // namespace gatehouse::oidc
