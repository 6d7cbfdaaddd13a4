// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "identity/attempt_throttle.h"
#include "oauth/client.h"
#include "oauth/form_request.h"
#include "oauth/oauth_error.h"

namespace gatehouse::oauth {

/// Who sends a token, revocation or introspection request (E04, E05). Thread-safe.
class ClientAuthenticator {
  public:
    ClientAuthenticator(ClientDirectory& clients, const Clock& clock)
        : clients_(clients), wrong_secrets_(clock, {.free_failures = 10}) {}

    /// `none` with client_id, Basic (both ways of encoding it), or client_secret in the body; a
    /// public client may come with a Basic header whose password is empty. 401 invalid_client for
    /// an unknown client and a wrong secret alike.
    [[nodiscard]] OAuthResult<Client> authenticate(const http::Request& request,
                                                   const FormRequest& form,
                                                   std::string_view origin);

  private:
    struct Presented;

    [[nodiscard]] OAuthResult<Client> find(std::string_view origin, const Presented& presented);

    ClientDirectory& clients_;
    identity::AttemptThrottle wrong_secrets_;
};

}  // namespace gatehouse::oauth
