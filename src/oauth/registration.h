// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "oauth/oauth_error.h"
#include "oauth/services.h"

namespace gatehouse::oauth {

/// What a registration request comes to.
struct Registration {
    Client client;  ///< without id and secret
    std::string scope;
};

/// Judges the metadata of RFC 7591 §2: fills in what is missing, drops what the gateway has not,
/// refuses what would be unsafe. `known_scopes`: of the origin.
[[nodiscard]] OAuthResult<Registration> read_registration(
    const json::Object& metadata, const std::vector<std::string>& known_scopes);

/// POST O/register (RFC 7591). Stores nothing; leaves one event. Thread-safe.
class RegistrationEndpoint {
  public:
    explicit RegistrationEndpoint(const OAuthServices& services) : services_(services) {}

    [[nodiscard]] http::Response handle(const http::Request& request) const;

  private:
    [[nodiscard]] OAuthResult<http::Response> register_client(const http::Request& request) const;

    OAuthServices services_;
};

}  // namespace gatehouse::oauth
