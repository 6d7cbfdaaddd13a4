// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "http/exchange.h"

namespace gatehouse::proxy {

enum class Credential {
    kNone,       ///< no Authorization, or another scheme: the plain challenge (A09)
    kMalformed,  ///< 400 invalid_request (A13)
    kToken,      ///< something stands where the token belongs
};

struct Bearer {
    Credential credential = Credential::kNone;
    std::string_view token;
};

/// The bearer token of the Authorization header. Nothing else is ever looked at: no query, no form
/// (requirements A13-A16).
[[nodiscard]] Bearer read_bearer(const http::RequestHead& head);
/// Only the characters that a token may have, and at least one that is no padding. To be asked
/// before a token that was never seen is looked into.
[[nodiscard]] bool is_token68(std::string_view text);

}  // namespace gatehouse::proxy
