// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "identity/attempt_throttle.h"
#include "oauth/client.h"
#include "oauth/client_assertion.h"
#include "oauth/client_keys.h"
#include "oauth/form_request.h"
#include "oauth/oauth_error.h"
#include "oauth/used_assertion_store.h"

namespace gatehouse::oauth {

/// Who sends a token, revocation or introspection request (E04, E05, E06). Thread-safe.
class ClientAuthenticator {
  public:
    struct Needs {
        ClientDirectory& clients;
        ClientKeys& keys;
        UsedAssertionStore& used_assertions;
        const Clock& clock;
    };

    explicit ClientAuthenticator(const Needs& needs)
        : needs_(needs), failures_(needs.clock, {.free_failures = 10}) {}

    /// `none` with client_id, Basic (both ways of encoding it), client_secret in the body, or a
    /// signed client_assertion; a public client may come with a Basic header whose password is
    /// empty. 401 invalid_client for an unknown client and a wrong secret or signature alike.
    [[nodiscard]] OAuthResult<Client> authenticate(const http::Request& request,
                                                   const FormRequest& form,
                                                   std::string_view origin);

  private:
    struct Presented;

    [[nodiscard]] OAuthResult<Client> find(std::string_view origin, const Presented& presented);
    [[nodiscard]] OAuthResult<void> check_secret(const Client& client,
                                                 const Presented& presented,
                                                 const std::string& client_ip);
    [[nodiscard]] OAuthResult<Client> authenticate_with_key(const http::Request& request,
                                                            const FormRequest& form,
                                                            std::string_view origin);
    [[nodiscard]] OAuthResult<void> check_signature(const Client& client,
                                                    const ClientAssertion& assertion,
                                                    const std::string& token);
    [[nodiscard]] OAuthResult<void> wait_after_failures(const std::string& key);

    Needs needs_;
    identity::AttemptThrottle failures_;
};

}  // namespace gatehouse::oauth
