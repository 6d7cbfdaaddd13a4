// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "audit/event_log.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "http/router.h"
#include "identity/password_resets.h"
#include "identity/provider_sign_in.h"
#include "identity/self_registration.h"
#include "identity/sessions.h"
#include "identity/sign_in_tokens.h"
#include "identity/users.h"
#include "oauth/authorization_code_store.h"
#include "oauth/client.h"
#include "oauth/client_store.h"
#include "oauth/connect_link.h"
#include "oauth/connection_store.h"
#include "oauth/consent_store.h"
#include "oauth/downstream_connector.h"
#include "oauth/personal_tokens.h"
#include "oauth/pushed_requests.h"
#include "oauth/transaction_store.h"

namespace gatehouse::oauth {

/// What the pages work with. Everything referred to must outlive the routes.
struct FlowDependencies {
    const catalog::LiveCatalog& catalog;
    ClientDirectory& clients;
    ClientStore& known_clients;
    AuthorizationCodeStore& codes;
    ConnectionStore& connections;
    PersonalTokenStore& personal_tokens;
    PersonalTokenMaker& token_maker;
    ConsentStore& consents;
    TransactionStore& transactions;
    identity::Users& users;
    identity::Sessions& sessions;
    identity::ProviderSignIn& providers;
    identity::SignInTokens& sign_in_tokens;
    identity::PasswordResets& resets;
    identity::SelfRegistration& registration;
    DownstreamConnector& connector;
    const PushedRequests& pushed_requests;
    ConnectLinks& links;
    audit::EventLog& events;
    const Clock& clock;
    /// Ends a connection durably and for the very next request; false when it was over already.
    std::function<Result<bool>(std::string_view connection_id)> revoke_connection;
};

/// Registers what a person walks through: /authorize, /sign-in, /sign-out, /consent, /connect and
/// /account. Thread-safe once registered.
void add_flow_routes(http::Router& router, const FlowDependencies& dependencies);

}  // namespace gatehouse::oauth
