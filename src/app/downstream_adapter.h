// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grants/connector.h"
#include "oauth/downstream_connector.h"

namespace gatehouse::app {

/// Joins the authorization flow to the broker of grants (ADR 0004). Thread-safe.
class DownstreamAdapter final : public oauth::DownstreamConnector {
  public:
    explicit DownstreamAdapter(grants::Connector& connector) : connector_(connector) {}

    Result<bool> has_grant(std::string_view user_id,
                           std::string_view server,
                           const std::vector<std::string>& scopes) override;
    Result<oauth::LegStart> begin(const oauth::LegRequest& request) override;
    std::expected<oauth::LegResult, oauth::LegError> exchange(const oauth::LegRequest& request,
                                                              std::string_view user_id) override;
    std::string cookie_name(std::string_view state) override;
    std::expected<oauth::LegResult, oauth::LegError> complete(
        std::string_view profile,
        const FormFields& parameters,
        std::string_view browser_secret) override;
    Result<void> adopt(std::string_view pending_grant, std::string_view user_id) override;
    [[nodiscard]] Result<std::string> keep_key(std::string_view server, const Secret& key) override;
    [[nodiscard]] Result<oauth::ConnectedAccount> account_of(std::string_view user_id,
                                                             std::string_view server) override;
    void discard(std::string_view pending_grant) override;
    Result<void> disconnect(std::string_view user_id, std::string_view server) override;

  private:
    grants::Connector& connector_;
};

}  // namespace gatehouse::app
