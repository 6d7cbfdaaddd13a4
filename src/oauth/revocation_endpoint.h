// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "oauth/client_authentication.h"
#include "oauth/oauth_error.h"
#include "oauth/services.h"

namespace gatehouse::oauth {

/// POST O/revoke (RFC 7009; F08, F09): a refresh token ends its whole connection, an access token
/// only itself. Thread-safe.
class RevocationEndpoint {
  public:
    RevocationEndpoint(const OAuthServices& services, ClientAuthenticator& authenticator)
        : services_(services), authenticator_(authenticator) {}

    [[nodiscard]] http::Response handle(const http::Request& request);

  private:
    [[nodiscard]] OAuthResult<void> revoke(const http::Request& request);
    [[nodiscard]] OAuthResult<void> revoke_connection(const http::Request& request,
                                                      const Connection& connection,
                                                      const Client& client);
    [[nodiscard]] OAuthResult<void> revoke_access_token(const http::Request& request,
                                                        std::string_view token,
                                                        const Client& client);

    OAuthServices services_;
    ClientAuthenticator& authenticator_;
};

}  // namespace gatehouse::oauth
