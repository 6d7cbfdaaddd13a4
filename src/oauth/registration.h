// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/event_budget.h"
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

/// POST O/register (RFC 7591). Stores nothing; leaves one event, as long as there are not so many
/// that they would fill the disk. Thread-safe.
class RegistrationEndpoint {
  public:
    explicit RegistrationEndpoint(const OAuthServices& services)
        : services_(services),
          recorded_(std::make_shared<audit::EventBudget>(services.clock, kRecordedPerMinute)) {}

    static constexpr std::uint32_t kRecordedPerMinute = 120;

    [[nodiscard]] http::Response handle(const http::Request& request) const;

  private:
    [[nodiscard]] OAuthResult<http::Response> register_client(const http::Request& request) const;
    [[nodiscard]] Result<void> record(const http::Request& request, const Client& client) const;

    OAuthServices services_;
    std::shared_ptr<audit::EventBudget> recorded_;
};

}  // namespace gatehouse::oauth
