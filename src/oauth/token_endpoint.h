// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "http/message.h"
#include "oauth/access_token_issuer.h"
#include "oauth/client_authentication.h"
#include "oauth/form_request.h"
#include "oauth/oauth_error.h"
#include "oauth/services.h"

namespace gatehouse::oauth {

/// One token request with what is known of it before its grant is looked at.
struct TokenRequest {
    const http::Request& http;
    const FormRequest& form;
    const Client& client;
    const catalog::Catalog& catalog;
    std::string issuer;
    Timestamp now;
};

/// What a token request comes to.
struct TokenGrant {
    IssuedAccessToken access;
    std::string refresh_token;  ///< may be empty
};

/// grant_type=authorization_code (OAuth 2.1 §4.1.3; E10 to E15).
[[nodiscard]] OAuthResult<TokenGrant> redeem_code(const OAuthServices& services,
                                                  const TokenRequest& request);

/// grant_type=refresh_token (OAuth 2.1 §4.3; E20 to E28 with their override). A predecessor that
/// comes again inside `refresh_grace` gets the same successor once more; after it, the family dies
/// if the successor was used.
[[nodiscard]] OAuthResult<TokenGrant> refresh_tokens(const OAuthServices& services,
                                                     const TokenRequest& request);

/// grant_type=client_credentials (E30 to E32): a pre-registered client that proves itself acts for
/// itself, at its server, if that needs nobody's account.
[[nodiscard]] OAuthResult<TokenGrant> grant_client_credentials(const OAuthServices& services,
                                                               const TokenRequest& request);

/// True when this client gets refresh tokens for these scopes (E15).
[[nodiscard]] bool may_refresh(const Client& client, const std::vector<std::string>& scopes);
/// The event of a connection, as a token request causes it.
[[nodiscard]] audit::Event token_event(std::string name,
                                       const Connection& connection,
                                       const TokenRequest& request);
/// Ends the family after somebody used a code or token twice (E13, E22), and says so in the log.
/// Only a store that cannot serve is an error.
[[nodiscard]] OAuthResult<void> revoke_reused(const OAuthServices& services,
                                              const Connection& connection,
                                              const TokenRequest& request,
                                              std::string_view what);

/// POST O/token. Never calls the network. Thread-safe.
class TokenEndpoint {
  public:
    TokenEndpoint(const OAuthServices& services, ClientAuthenticator& authenticator)
        : services_(services), authenticator_(authenticator) {}

    [[nodiscard]] http::Response handle(const http::Request& request);

  private:
    [[nodiscard]] OAuthResult<TokenGrant> grant(const http::Request& request);

    OAuthServices services_;
    ClientAuthenticator& authenticator_;
};

}  // namespace gatehouse::oauth
