// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "audit/event_log.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "http/message.h"
#include "identity/user_store.h"
#include "oauth/authorization_code_store.h"
#include "oauth/client.h"
#include "oauth/client_blocks.h"
#include "oauth/client_keys.h"
#include "oauth/connection_store.h"
#include "oauth/pushed_requests.h"
#include "oauth/sealed_client.h"
#include "oauth/signing_keys.h"
#include "oauth/trust_publisher.h"
#include "oauth/used_assertion_store.h"

namespace gatehouse::oauth {

/// False when the user's downstream grant for that server is gone or needs the user again (E28).
/// Asked only for servers with a profile; must not call the network.
using GrantStatus = std::function<bool(std::string_view user_id, std::string_view server)>;

/// What the OAuth endpoints work with. Everything referred to must outlive them.
struct OAuthServices {
    const catalog::LiveCatalog& catalog;
    ClientDirectory& clients;
    const ClientBlocks& blocks;
    const SealedClients& sealed_clients;
    AuthorizationCodeStore& codes;
    ConnectionStore& connections;
    identity::UserStore& users;
    const SigningKeys& keys;
    TrustPublisher& trust;
    audit::EventLog& events;
    ClientKeys& client_keys;
    UsedAssertionStore& used_assertions;
    const PushedRequests& pushed_requests;
    const Clock& clock;
    GrantStatus grant_usable;  ///< empty: always
};

/// The issuer a request speaks to: never anything that the catalog does not name (B09).
[[nodiscard]] inline std::string issuer_of(const catalog::Catalog& catalog,
                                           const http::Request& request) {
    return catalog.is_own_origin(request.origin) ? request.origin : catalog.public_origin;
}

}  // namespace gatehouse::oauth
