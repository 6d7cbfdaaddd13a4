// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <variant>

#include "base/encoding.h"
#include "catalog/catalog.h"
#include "http/message.h"
#include "oauth/client.h"
#include "oauth/flow_answer.h"
#include "oauth/transaction.h"

namespace gatehouse::oauth {

/// An authorization request that holds.
struct AuthorizeRequest {
    Client client;
    Transaction transaction;  ///< what the client asked for; not yet opened
};

/// The client and its redirect URI are good, the rest is not.
struct RedirectableRefusal {
    Client client;
    ClientReturn to;
    AuthorizeError error;
};

/// Either a page (nobody may be redirected, D02) or an error for the client (D03).
using AuthorizeRefusal = std::variant<http::Response, RedirectableRefusal>;

/// What a request to O/authorize carries: its query, or the form of a POST.
[[nodiscard]] std::optional<FormFields> read_authorize_parameters(const http::Request& request);

/// Where a request came to, and what program asks: empty where that is not known.
struct RequestSource {
    std::string origin, user_agent;
};

/// Judges an authorization request at the issuer `origin` by the ordered checks of D01 to D16.
[[nodiscard]] std::expected<AuthorizeRequest, AuthorizeRefusal> read_authorize_request(
    const RequestSource& source,
    FormFields parameters,
    const catalog::Catalog& catalog,
    ClientDirectory& clients);

}  // namespace gatehouse::oauth
