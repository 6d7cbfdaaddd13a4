// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "oauth/client_authentication.h"
#include "oauth/oauth_error.h"
#include "oauth/services.h"

namespace gatehouse::oauth {

/// POST O/introspect (RFC 7662; F10, F11), for confidential clients: their own tokens, and for a
/// pre-registered client the access tokens of its server. Everything else is just inactive.
/// Thread-safe.
class IntrospectionEndpoint {
  public:
    IntrospectionEndpoint(const OAuthServices& services, ClientAuthenticator& authenticator)
        : services_(services), authenticator_(authenticator) {}

    [[nodiscard]] http::Response handle(const http::Request& request);

  private:
    [[nodiscard]] OAuthResult<json::Object> introspect(const http::Request& request);
    [[nodiscard]] OAuthResult<json::Object> describe_refresh_token(std::string_view token,
                                                                   const Client& client,
                                                                   std::string_view issuer);

    OAuthServices services_;
    ClientAuthenticator& authenticator_;
};

}  // namespace gatehouse::oauth
