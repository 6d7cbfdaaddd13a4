// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "oauth/client_authentication.h"
#include "oauth/oauth_error.h"
#include "oauth/pushed_requests.h"
#include "oauth/services.h"

namespace gatehouse::oauth {

/// POST O/par: takes an authorization request ahead, judged as O/authorize judges it (RFC 9126,
/// D27). Writes nothing. Thread-safe.
class PushedRequestEndpoint {
  public:
    PushedRequestEndpoint(const OAuthServices& services, ClientAuthenticator& authenticator)
        : services_(services), authenticator_(authenticator) {}

    [[nodiscard]] http::Response handle(const http::Request& request);

  private:
    [[nodiscard]] OAuthResult<std::string> push(const http::Request& request);

    OAuthServices services_;
    ClientAuthenticator& authenticator_;
};

}  // namespace gatehouse::oauth
