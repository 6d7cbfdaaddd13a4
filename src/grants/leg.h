// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "oidc/identity.h"

/// The downstream authorization of one person at one server: what goes in and what comes out.
namespace gatehouse::grants {

struct LegRequest {
    std::string server;               ///< catalog name; its profile is used
    std::vector<std::string> scopes;  ///< what is wanted; empty or all unknown: the server's
    std::string transaction_id;       ///< comes back in LegResult
    std::string login_hint;           ///< may be empty
    /// What the person's sign-in over there should be like; may be empty (D16).
    std::string prompt, acr_values, ui_locales;
    std::optional<std::chrono::seconds> max_age;
};

struct LegStart {
    std::string redirect_url;    ///< the downstream authorization endpoint, complete
    std::string browser_secret;  ///< the value of this leg's cookie; the callback must bring it
    std::string cookie_name;     ///< distinct per leg, without `__Host-`
};

/// Why the downstream leg ended without a grant.
enum class LegFailure {
    kBadCallback,  ///< state unknown, replayed, expired, of another browser, or a mix-up
    kDenied,       ///< the person or the downstream server said no
    kUnavailable,  ///< it cannot be reached or failed for a passing reason
    kRejected,     ///< it answered nonsense, or identity checks failed
    kSignInOver,   ///< no sign-in is left to exchange, or it is refused: a new one may help
};

struct LegError {
    LegFailure failure = LegFailure::kBadCallback;
    std::string transaction_id;  ///< empty for kBadCallback
    std::string detail;          ///< for the log; holds codes, never bodies (G25)
};

struct LegResult {
    std::string transaction_id, server;
    std::optional<oidc::Identity> identity;
    std::string pending_grant;  ///< the tokens, already sealed in the store, not yet anybody's
};

}  // namespace gatehouse::grants
