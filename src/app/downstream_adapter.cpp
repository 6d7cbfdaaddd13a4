// SPDX-License-Identifier: Apache-2.0
#include "app/downstream_adapter.h"

#include <utility>

namespace gatehouse::app {
namespace {

oauth::LegFailure translate(grants::LegFailure failure) {
    switch (failure) {
        case grants::LegFailure::kBadCallback:
            return oauth::LegFailure::kBadCallback;
        case grants::LegFailure::kDenied:
            return oauth::LegFailure::kDenied;
        case grants::LegFailure::kUnavailable:
            return oauth::LegFailure::kUnavailable;
        case grants::LegFailure::kRejected:
            return oauth::LegFailure::kRejected;
        case grants::LegFailure::kSignInOver:
            return oauth::LegFailure::kSignInOver;
    }
    return oauth::LegFailure::kRejected;
}

oauth::DownstreamIdentity translate(oidc::Identity identity) {
    return {.subject = std::move(identity.subject),
            .email = std::move(identity.email),
            .name = std::move(identity.name),
            .email_verified = identity.email_verified,
            .groups = std::move(identity.groups)};
}

std::expected<oauth::LegResult, oauth::LegError> translate(
    std::expected<grants::LegResult, grants::LegError> result) {
    if (!result) {
        return std::unexpected(oauth::LegError{.failure = translate(result.error().failure),
                                               .transaction_id = result.error().transaction_id,
                                               .detail = result.error().detail});
    }
    oauth::LegResult translated{.transaction_id = std::move(result->transaction_id),
                                .server = std::move(result->server),
                                .identity = std::nullopt,
                                .pending_grant = std::move(result->pending_grant)};
    if (result->identity) {
        translated.identity = translate(std::move(*result->identity));
    }
    return translated;
}

grants::LegRequest translate(const oauth::LegRequest& request) {
    return {.server = request.server,
            .scopes = request.scopes,
            .transaction_id = request.transaction_id,
            .login_hint = request.login_hint,
            .prompt = request.prompt,
            .acr_values = request.acr_values,
            .ui_locales = request.ui_locales,
            .max_age = request.max_age};
}

}  // namespace

Result<bool> DownstreamAdapter::has_grant(std::string_view user_id,
                                          std::string_view server,
                                          const std::vector<std::string>& scopes) {
    return connector_.has_grant(user_id, server, scopes);
}

Result<oauth::LegStart> DownstreamAdapter::begin(const oauth::LegRequest& request) {
    auto start = connector_.begin(translate(request));
    if (!start) {
        return std::unexpected(start.error());
    }
    return oauth::LegStart{.redirect_url = std::move(start->redirect_url),
                           .browser_secret = std::move(start->browser_secret),
                           .cookie_name = std::move(start->cookie_name)};
}

std::string DownstreamAdapter::cookie_name(std::string_view state) {
    return grants::Connector::cookie_name(state);
}

std::expected<oauth::LegResult, oauth::LegError> DownstreamAdapter::complete(
    std::string_view profile, const FormFields& parameters, std::string_view browser_secret) {
    return translate(connector_.complete(profile, parameters, browser_secret));
}

std::expected<oauth::LegResult, oauth::LegError> DownstreamAdapter::exchange(
    const oauth::LegRequest& request, std::string_view user_id) {
    return translate(connector_.exchange(translate(request), user_id));
}

Result<void> DownstreamAdapter::adopt(std::string_view pending_grant, std::string_view user_id) {
    return connector_.adopt(pending_grant, user_id);
}

Result<std::string> DownstreamAdapter::keep_key(std::string_view server, const Secret& key) {
    return connector_.keep_key(server, key);
}

Result<oauth::ConnectedAccount> DownstreamAdapter::account_of(std::string_view user_id,
                                                              std::string_view server) {
    const auto grant = connector_.summary_of(user_id, server);
    if (!grant) {
        return std::unexpected(grant.error());
    }
    const bool ends = !grant->renewable && grant->expires_at != Timestamp::max();
    return oauth::ConnectedAccount{
        .name = grant->account_email.empty() ? grant->account_subject : grant->account_email,
        .ends_at = ends ? std::optional(grant->expires_at) : std::nullopt};
}

void DownstreamAdapter::discard(std::string_view pending_grant) {
    connector_.discard(pending_grant);
}

Result<void> DownstreamAdapter::disconnect(std::string_view user_id, std::string_view server) {
    return connector_.disconnect(user_id, server);
}

}  // namespace gatehouse::app
