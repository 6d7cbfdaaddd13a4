// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "oauth/token_verifier.h"

namespace gatehouse::proxy {

/// What a challenge points at.
struct Challenged {
    std::string_view origin, path;  ///< as asked: the client compares its own spelling (rule 3)
    std::string_view scope;
};

/// 401 without a reason: nobody proved who they are (requirements A09).
[[nodiscard]] http::Response challenge(const Challenged& what);
/// 401 invalid_token. Tells expiry apart and nothing else (requirements A12).
[[nodiscard]] http::Response challenge_bad_token(const Challenged& what, oauth::TokenFault fault);
/// 401 invalid_token that sends the client through the whole flow again, because the account behind
/// the server must be connected anew (requirements G30 c).
[[nodiscard]] http::Response challenge_reconnect(const Challenged& what);
/// 403 insufficient_scope with `what.scope`; `body` is the JSON-RPC error (requirements A19).
[[nodiscard]] http::Response challenge_scope(const Challenged& what, std::string body);
/// 400 invalid_request (requirements A13).
[[nodiscard]] http::Response malformed_credentials(const Challenged& what);

}  // namespace gatehouse::proxy
